"""What a handler may raise to say how its job ends. Not errors: nothing failed unexpectedly."""


class Signal(Exception):
    """A decision about the running job."""


class Retry(Signal):
    """Run the job again: after `after` seconds, or when its backoff says so. Counts against its attempts."""

    def __init__(self, after: float | None = None, reason: str = "asked to be retried") -> None:
        super().__init__(reason)
        self.after = after


class Discard(Signal):
    """Give the job up: delete it, with `reason` in the log."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)


class Bury(Signal):
    """Set the job aside with `reason`, for a person to look at."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
