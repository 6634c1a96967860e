"""The repository itself: what it ships, what it promises to export, and that its parts agree."""
