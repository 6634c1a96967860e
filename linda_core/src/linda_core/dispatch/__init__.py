"""From broker to handler and back: poller -> runners -> settler, under one dispatcher."""
