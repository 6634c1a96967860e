"""The embedded brokers: no server needed."""
