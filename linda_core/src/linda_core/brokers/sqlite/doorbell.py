"""How a sleeping consumer hears of a push in another process: a datagram on the loopback interface."""

import math
import socket
import struct
import threading
import zlib
from collections.abc import Sequence

from linda_core.brokers.sqlite.lock_file import LockFile
from linda_core.clock import Clock

#: Who sleeps: UDP port, a bit for each queue it sleeps at, and when it wakes by itself, epoch seconds.
SLEEPER = struct.Struct("<HQd")


class Doorbell:
    """Whoever finds nothing writes its port on the board (the lock file) before it lets go of the lock, and sleeps.

    Whoever changes something rings those who would sleep past it, and wipes them off the board. Both hold the lock
    while they do: no wake-up is missed. Dead sleepers are rung once. A ring is only a hint: the sleeper looks again,
    and a datagram that is lost, or sent by a stranger, does no harm.
    """

    def __init__(self, board: LockFile, clock: Clock) -> None:
        self.wakes = 0  #: how often `wake` was called
        self._board = board
        self._clock = clock
        self._heard = threading.Condition()
        self._rings = 0
        self._listener: threading.Thread | None = None
        self._closed = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._port: int = self._socket.getsockname()[1]

    def ring(self, queue: str, due: float) -> None:
        """Wake who sleeps at `queue` past `due`. The lock is held, so they will not see less than is committed."""
        sleepers = self._sleepers()
        if not sleepers:
            return
        called = [port for port, (queues, until) in sleepers.items() if queues & _bit(queue) and until > due]
        for port in called:
            del sleepers[port]
            self._send(port)
        if called:
            self._write(sleepers)

    def listen(self, queues: Sequence[str], until: float) -> int:
        """Go on the board, holding the lock. Returns what `sleep` needs to know of the rings so far."""
        self._start()
        heard = self._rings
        sleepers = self._sleepers()
        others, latest = sleepers.get(self._port, (0, -math.inf))  # other threads of this process
        for queue in queues:
            others |= _bit(queue)
        sleepers[self._port] = (others, max(until, latest))
        self._write(sleepers)
        return heard

    def sleep(self, heard: int, until: float) -> None:
        """Sleep until somebody rings or wakes, or the monotonic clock says `until`; not if they did since `listen`."""
        with self._heard:
            seconds = until - self._clock.monotonic()
            if self._rings == heard and seconds > 0:
                self._clock.wait(self._heard, seconds)

    def wake(self) -> None:
        """End every sleep of this process now."""
        with self._heard:
            self.wakes += 1
            self._rings += 1
            self._heard.notify_all()

    def close(self) -> None:
        """Stop listening. Nobody sleeps here any more."""
        self._closed = True
        if self._listener:
            self._send(self._port)
            self._listener.join()
        self._socket.close()

    def _start(self) -> None:
        if self._listener is None:
            self._listener = threading.Thread(target=self._listen, name="linda-doorbell", daemon=True)
            self._listener.start()

    def _listen(self) -> None:
        while not self._closed:
            self._socket.recv(1)
            with self._heard:
                self._rings += 1
                self._heard.notify_all()

    def _send(self, port: int) -> None:
        try:
            self._socket.sendto(b"", socket.MSG_DONTWAIT, ("127.0.0.1", port))
        except OSError:  # a port that a crash left half written; it will look again by itself
            return

    def _sleepers(self) -> dict[int, tuple[int, float]]:
        board = self._board.read()
        whole = board[: len(board) // SLEEPER.size * SLEEPER.size]
        return {port: (queues, until) for port, queues, until in SLEEPER.iter_unpack(whole)}

    def _write(self, sleepers: dict[int, tuple[int, float]]) -> None:
        self._board.write(b"".join(SLEEPER.pack(port, *slumber) for port, slumber in sleepers.items()))


def _bit(queue: str) -> int:
    """One of 64: two queues that share it wake each other's sleepers, who look and sleep on."""
    return 1 << zlib.crc32(queue.encode()) % 64
