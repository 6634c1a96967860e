"""A connection and the jobs reserved on it: beanstalkd lets nobody else settle them, and takes all back with it."""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import NamedTuple

import greenstalk

from linda_beanstalk.answers import Answer, refusal
from linda_beanstalk.client import WINDOW, Client
from linda_beanstalk.marks import Mark
from linda_beanstalk.reservation import Reservation
from linda_beanstalk.tubes import GUARDS, MARKS
from linda_core.driver import Clock

_FACTS = re.compile(
    rb'tube: "?([^"\n]+)"?\nstate: (\w+)\npri: (\d+)\n.*?\nttr: (\d+)\ntime-left: (-?\d+)\n.*?\nreserves: (\d+)\n',
    re.DOTALL,
)


class Facts(NamedTuple):
    """What the server knows of a job."""

    tube: str
    state: str
    priority: int
    ttr: int
    left: int  #: seconds until its delay or its TTR ends; negative where the server failed to end it
    reserves: int


class Connection(Client):
    """Used by one thread at a time: by its borrower while it holds nothing, and then under its lock."""

    def __init__(self, host: str, port: int, patience: float, ttr: int, clock: Clock) -> None:
        super().__init__(host, port, patience)
        self._ttr = ttr
        self._guard = 0  # the job that says what is held here
        self.held: dict[int, Reservation] = {}
        try:
            self.server = self.stats()
        except BaseException:
            self.close()
            raise
        self.clock = clock
        self._lock = threading.Lock()
        self._used = greenstalk.DEFAULT_TUBE
        self._watched: Sequence[str] = [greenstalk.DEFAULT_TUBE]

    @property
    def logged(self) -> bool:
        """Whether the server writes a binlog."""
        return self.server["binlog-current-index"] > 0

    def close(self) -> None:
        """The server takes back what was held, at once."""
        self.held = {}  # a new one: another thread may be looking at the old
        super().close()

    # For the borrower

    def in_tube(self, tube: str, commands: Sequence[bytes]) -> list[Answer]:
        """The answers to commands about one tube: puts, peeks."""
        if tube == self._used:
            return self.exchange(commands)
        self._used = tube
        return self.exchange([b"use %b\r\n" % tube.encode(), *commands])[1:]

    def insert(self, tube: str, puts: Sequence[bytes]) -> list[int]:
        """The ids of jobs put into one tube. Raises greenstalk.Error if the server refused one."""
        answers = self.in_tube(tube, puts)
        for answer in answers:
            if answer.word != b"INSERTED":
                raise refusal(answer)
        return [answer.id for answer in answers]

    def watch_only(self, tubes: Sequence[str]) -> None:
        """From now on jobs come from these tubes."""
        watch = [b"watch %b\r\n" % tube.encode() for tube in tubes if tube not in self._watched]
        ignore = [b"ignore %b\r\n" % tube.encode() for tube in self._watched if tube not in tubes]
        if watch or ignore:
            self.exchange([*watch, *ignore])
            self._watched = tubes

    def take(self, tube: str, limit: int) -> list[Answer]:
        """Reserve up to `limit` jobs that are ready now."""
        self.watch_only([tube])
        taken: list[Answer] = []
        while limit > len(taken):
            wanted = min(WINDOW, limit - len(taken))
            answers = self.exchange([b"reserve-with-timeout 0\r\n"] * wanted)
            taken += [answer for answer in answers if answer.word == b"RESERVED"]
            if answers[-1].word != b"RESERVED":
                break
        return taken

    def survey(self, taken: Sequence[Answer], tubes: Sequence[str]) -> list[tuple[Answer, Facts]]:
        """What the server knows of jobs just taken from `tubes`; dropped ones are deleted. A guard is posted."""
        looks = [look for tube in tubes for look in (b"use %b\r\n" % (MARKS + tube).encode(), b"peek-ready\r\n")]
        jobs = [job.id for job in taken]
        post = [b"use %b\r\n" % GUARDS.encode(), guard_of(jobs, self._ttr)]
        answers = self.exchange([*looks, *post, *(b"stats-job %d\r\n" % job for job in jobs)])
        self._used = GUARDS
        self._guard = _posted(answers[len(looks) + 1])
        marks = dict(zip(tubes, map(Mark.read, answers[1 : len(looks) : 2]), strict=True))
        told = zip(taken, map(_facts, answers[len(looks) + 2 :]), strict=True)
        known = [(job, facts) for job, facts in told if facts]
        dropped = [job.id for job, facts in known if marks[facts.tube].drops(job.id)]
        self.delete_all(dropped)
        return [each for each in known if each[0].id not in dropped] if dropped else known

    def delete_all(self, ids: Iterable[int]) -> None:
        """Delete jobs that are ready, delayed, buried or reserved here."""
        self.exchange([b"delete %d\r\n" % job for job in ids])

    def facts(self, ids: Iterable[int]) -> list[Facts | None]:
        """What the server knows of each job; None for those it does not have."""
        return [_facts(answer) for answer in self.exchange([b"stats-job %d\r\n" % job for job in ids])]

    def hold(self, reservations: Iterable[Reservation]) -> None:
        """From now on these are looked after, and can be settled; if there are none, no guard is needed."""
        with self._lock:
            self.held.update((each.id, each) for each in reservations)
            self.exchange(self._farewell())

    # For those who hold its jobs

    def holds(self, reservation: Reservation) -> bool:
        """Whether it is a hand-out from here that is neither settled nor over."""
        return self.held.get(reservation.id) is reservation and reservation.runs(self.clock.monotonic())

    def settle(
        self, tube: str, reservations: Iterable[Reservation], command: Callable[[Reservation], bytes], done: bytes
    ) -> set[Reservation]:
        """Send the command for each that is ours still; `done` is the answer that means so. Returns those accepted."""
        with self._lock:
            ours = [each for each in reservations if self.holds(each)]
            self._let_go(ours)
            return self._fenced(tube, ours, command, done)

    def renew(self, tube: str, reservations: Iterable[Reservation], lease: float) -> set[Reservation]:
        """Start a new lease for each that is ours still. Returns those."""
        with self._lock:
            now = self.clock.monotonic()
            touched = self._fenced(tube, [each for each in reservations if self.holds(each)], _touch, b"TOUCHED")
            for reservation in touched:
                reservation.touched = now
                reservation.until = self.clock.monotonic() + lease
            return touched

    def keep(self) -> float:
        """Touch what is due and give back what is over. Returns when to look again."""
        with self._lock:
            now = self.clock.monotonic()
            over = [each for each in self.held.values() if not each.runs(now)]
            self._let_go(over)
            release = [b"release %d %d 0\r\n" % (each.id, each.priority) for each in over]
            self.exchange([*release, *self._farewell()])
            due = [each for each in self.held.values() if each.next_touch() <= now]
            for reservation in self._accepted(due, self.exchange([_touch(each) for each in due]), b"TOUCHED"):
                reservation.touched = now
            return min((each.next_act() for each in self.held.values()), default=inf)

    def _fenced(
        self, tube: str, ours: Sequence[Reservation], command: Callable[[Reservation], bytes], done: bytes
    ) -> set[Reservation]:
        commands = [b"peek-ready\r\n", *map(command, ours), *self._farewell()]
        answers = self.in_tube(MARKS + tube, commands)
        mark = Mark.read(answers[0])
        accepted = self._accepted(ours, answers[1 : 1 + len(ours)], done)
        dropped = {each for each in accepted if mark.drops(each.id)}
        self._let_go(dropped)
        self.delete_all(each.id for each in dropped)
        return accepted - dropped

    def _farewell(self) -> list[bytes]:
        """The end of the guard, once nothing is held."""
        guard, self._guard = self._guard, 0 if not self.held else self._guard
        return [b"delete %d\r\n" % guard] if guard and not self.held else []

    def _accepted(
        self, reservations: Sequence[Reservation], answers: Sequence[Answer], done: bytes
    ) -> set[Reservation]:
        accepted: set[Reservation] = set()
        for reservation, answer in zip(reservations, answers, strict=True):
            if answer.word == done:
                accepted.add(reservation)
            elif answer.word == b"NOT_FOUND":  # the server ended it, whatever we thought
                self._let_go([reservation])
            else:
                raise refusal(answer)
        return accepted

    def _let_go(self, reservations: Iterable[Reservation]) -> None:
        for reservation in reservations:
            self.held.pop(reservation.id, None)


def guard_of(jobs: Iterable[int], ttr: int) -> bytes:
    """The command that posts a guard of jobs, to be seen a moment after the server should have ended them."""
    body = b" ".join(b"%d" % job for job in jobs)
    return b"put 0 %d 60 %d\r\n%b\r\n" % (ttr + 1, len(body), body)


def _posted(answer: Answer) -> int:
    """The id of a guard; 0 if the server, about to be stopped, takes no new jobs."""
    return answer.id if answer.word == b"INSERTED" else 0


def _touch(reservation: Reservation) -> bytes:
    return b"touch %d\r\n" % reservation.id


def _facts(answer: Answer) -> Facts | None:
    match = _FACTS.search(answer.body)
    if match is None:
        return None
    tube, state, *numbers = match.groups()
    return Facts(tube.decode(), state.decode(), *map(int, numbers))
