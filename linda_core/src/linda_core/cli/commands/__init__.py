"""One command in each file, under the name `command`."""
