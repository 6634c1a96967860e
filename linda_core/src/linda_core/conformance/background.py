"""A call that runs beside the test: a consumer that waits, a producer in a crowd."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")

#: Real seconds after which a call beside the test counts as stuck.
STUCK = 30.0


class Background(Generic[T]):
    """Starts `call` in a thread that cannot keep the test run from ending."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._future: Future[T] = Future()
        self._started = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        self._started.wait()

    @property
    def done(self) -> bool:
        """Whether the call has ended."""
        return self._future.done()

    def result(self, otherwise: str, timeout: float | None = None) -> T:
        """What the call returned or raised; the test fails with `otherwise` where it does neither."""
        timeout = STUCK if timeout is None else timeout
        try:
            return self._future.result(timeout)
        except TimeoutError:
            if self._future.done():
                raise
            raise AssertionError(f"{otherwise} ({timeout} s)") from None

    def pause(self, seconds: float = 0.05) -> None:
        """Give the call time to get to where it waits, or to show that it does not."""
        threading.Event().wait(seconds)

    def _run(self) -> None:
        self._started.set()
        try:
            self._future.set_result(self._call())
        except BaseException as error:  # noqa: BLE001 - whatever it is, `result` raises it in the test
            self._future.set_exception(error)
