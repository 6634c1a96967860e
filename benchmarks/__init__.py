"""How fast, side by side with peers and with the raw client: run on a quiet machine."""
