"""A connection and the jobs reserved on it: beanstalkd lets nobody else settle them, and takes all back with it."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, inf

import greenstalk

from linda_beanstalk import facts, notes
from linda_beanstalk.answers import Answer, refusal
from linda_beanstalk.client import WINDOW, Client
from linda_beanstalk.facts import Facts
from linda_beanstalk.flight import Flight
from linda_beanstalk.marks import Mark
from linda_beanstalk.reservation import Reservation
from linda_beanstalk.tops import Top
from linda_beanstalk.tubes import GUARDS, MARKS
from linda_core.driver import Clock

RESERVE = b"reserve-with-timeout 0\r\n"

#: Of the second for which a released job is delayed to have its count written, those parts in which it is surely
#: still as we left it.
_SURE = 0.8


class Connection(Client):
    """Used by one thread at a time: by its borrower while it holds nothing, and then under its lock."""

    def __init__(self, host: str, port: int, patience: float, clock: Clock) -> None:
        self._lock = threading.Lock()
        super().__init__(host, port, patience)
        self.held: dict[int, Reservation] = {}
        try:
            self.server = self.stats()
        except BaseException:
            self.close()
            raise
        self.guards = f"{GUARDS}{self.server['id']}"  #: the tube of what connections to this very process hold
        self.clock = clock
        self._guard = 0  # the job that says what is held here
        self._missed: dict[int, int] = {}  # the attempts of jobs that the server took back itself
        self._outdated: list[int] = []  # records that are to be deleted in the end
        self._used = greenstalk.DEFAULT_TUBE  # whichever tube puts and peeks are about
        self._watched: Sequence[str] = [greenstalk.DEFAULT_TUBE]

    @property
    def logged(self) -> bool:
        """Whether the server writes a binlog."""
        return self.server["binlog-current-index"] > 0

    def close(self) -> None:
        """The server takes back what was held, at once. Another thread that is using it finds it broken first."""
        self.held = {}  # a new one: another thread may be looking at the old
        self.shut()
        with self._lock:
            super().close()

    # For the borrower

    def flight(self) -> Flight:
        """An empty one, for `answers`."""
        return Flight(self._used)

    def answers(self, flight: Flight) -> list[Answer]:
        """Send all of its commands; all their answers."""
        self._used = flight.tube
        return self.exchange(flight.commands)

    def in_tube(self, tube: str, commands: Sequence[bytes]) -> list[Answer]:
        """The answers to commands about one tube: puts, peeks."""
        flight = self.flight()
        place = flight.add(commands, tube)
        return self.answers(flight)[place]

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
            answers = self.exchange([RESERVE] * min(WINDOW, limit - len(taken)))
            taken += [answer for answer in answers if answer.word == b"RESERVED"]
            if answers[-1].word != b"RESERVED":
                break
        return taken

    def delete_all(self, ids: Iterable[int]) -> None:
        """Delete jobs that are ready, delayed, buried or reserved here."""
        self.exchange([b"delete %d\r\n" % job for job in ids])

    def facts(self, ids: Iterable[int]) -> list[Facts | None]:
        """What the server knows of each job; None for those it does not have."""
        return [facts.read(answer) for answer in self.exchange([b"stats-job %d\r\n" % job for job in ids])]

    def told(self, ids: Iterable[int]) -> dict[int, Facts]:
        """The same for those it has."""
        ids = [*ids]
        return {job: facts for job, facts in zip(ids, self.facts(ids), strict=True) if facts}

    def bodies(self, ids: Iterable[int]) -> dict[int, bytes]:
        """The bodies of those it has."""
        answers = self.exchange([b"peek %d\r\n" % job for job in ids])
        return {answer.id: answer.body for answer in answers if answer.word == b"FOUND"}

    def guard(self, leases: Mapping[float, Mapping[int, int]], seconds: int) -> None:
        """Post a guard; see `notes.command`."""
        self.guarded_by(*self.in_tube(self.guards, [notes.command(leases, seconds)]))

    def guarded_by(self, guard: Answer) -> None:
        """This guard, in place of an earlier one, is there as long as anything is held.

        A server that is about to be stopped takes none.
        """
        if guard.word == b"INSERTED":
            if self._guard:
                self.tell([b"delete %d\r\n" % self._guard])
            self._guard = guard.id

    def raised(self, top: int, before: Answer, put: Answer) -> bool:
        """Whether the server took a record of `top`; of it and the one before, the lower is deleted in the end."""
        if put.word != b"INSERTED":
            return False
        old = Top.read(before)
        self._outdated += [min((top, put.id), (old.id, old.record))[1]] if old.record else []
        return True

    def hold(self, reservations: Iterable[Reservation]) -> None:
        """From now on these are looked after, and can be settled; if there are none, no guard is needed."""
        with self._lock:
            self.held.update((each.id, each) for each in reservations)
            self._farewell()

    # For those who hold its jobs

    def holds(self, reservation: Reservation) -> bool:
        """Whether it is a hand-out from here that is neither settled nor over."""
        return self.held.get(reservation.id) is reservation and reservation.runs(self.clock.monotonic())

    def known(self, reservations: Sequence[Reservation]) -> list[Reservation]:
        """Those that are ours still, with priority and TTR."""
        with self._lock:
            self._learn(reservations)
            return [each for each in reservations if self.holds(each)]

    def settle(
        self, tube: str, reservations: Sequence[Reservation], command: Callable[[Reservation], bytes], done: bytes
    ) -> set[Reservation]:
        """Send the command for each that is ours still; `done` is the answer that means so. Returns those accepted."""
        with self._lock:
            ours = self._ours(reservations)
            for reservation in ours:
                del self.held[reservation.id]
            return self._fenced(tube, ours, command, done)

    def give_back(self, tube: str, reservations: Sequence[Reservation]) -> set[Reservation]:
        """Make ready what is ours still, known by now. Returns those accepted."""
        since = self.clock.monotonic()
        accepted = self.settle(tube, reservations, self._release, b"RELEASED")
        with self._lock:
            self._kick(accepted, since)
        return accepted

    def renew(self, tube: str, reservations: Sequence[Reservation], lease: float) -> set[Reservation]:
        """Start a new lease for each that is ours still. Returns those."""
        with self._lock:
            ours = self._ours(reservations)
            now = self.clock.monotonic()
            touched = self._fenced(tube, ours, _touch, b"TOUCHED")
            until, whole = self.clock.monotonic() + lease, ceil(lease)
            other = any(each.lease != whole for each in touched)
            for reservation in touched:
                reservation.touched, reservation.until, reservation.lease = now, until, whole
            if other:
                self._guard_anew()
            return touched

    def keep(self) -> float:
        """Touch what is due and give back what is over. Returns when to look again."""
        with self._lock:
            now = self.clock.monotonic()
            self._learn([each for each in self.held.values() if each.next_act() <= now])
            over = [each for each in self.held.values() if not each.runs(now)]
            for reservation in over:
                del self.held[reservation.id]
            self._kick(self._accepted(over, self.exchange([*map(self._release, over)]), b"RELEASED"), now)
            self._farewell()
            due = [each for each in self.held.values() if each.next_touch() <= now]
            for reservation in self._accepted(due, self.exchange([_touch(each) for each in due]), b"TOUCHED"):
                reservation.touched = now
            return min((each.next_act() for each in self.held.values()), default=inf)

    def _ours(self, reservations: Sequence[Reservation]) -> list[Reservation]:
        """Those that are ours still. Only of those that are old is more asked than this side knows."""
        now = self.clock.monotonic()
        self._learn([each for each in reservations if not each.runs(now)])
        return [each for each in reservations if self.holds(each)]

    def _learn(self, reservations: Iterable[Reservation]) -> None:
        unknown = [each for each in reservations if not each.known and self.held.get(each.id) is each]
        for reservation, told in zip(unknown, self.facts(each.id for each in unknown), strict=True):
            if told:
                reservation.learn(told)

    def _release(self, reservation: Reservation) -> bytes:
        """Where there is a binlog, with the shortest delay: only so is the count of its reservations written."""
        return b"release %d %d %d\r\n" % (reservation.id, reservation.priority, 1 if self.logged else 0)

    def _kick(self, released: Iterable[Reservation], since: float) -> None:
        """End that delay, unless so long after `since` that it may be over, and somebody else have delayed the job."""
        if self.logged and self.clock.monotonic() < since + _SURE:
            self.exchange([b"kick-job %d\r\n" % each.id for each in released])

    def _fenced(
        self, tube: str, ours: Sequence[Reservation], command: Callable[[Reservation], bytes], done: bytes
    ) -> set[Reservation]:
        if not ours:
            return set()
        answers = self.in_tube(MARKS + tube, [b"peek-ready\r\n", *map(command, ours)])
        mark = Mark.read(answers[0])
        accepted = self._accepted(ours, answers[1:], done)
        dropped = {each for each in accepted if mark.drops(each.id)}
        for reservation in dropped:
            self.held.pop(reservation.id, None)
        self.delete_all(each.id for each in dropped)
        self._farewell()
        return accepted - dropped

    def _guard_anew(self) -> None:
        """A guard tells leases as they were when it was posted. A touch that repeats the same needs no other."""
        leases: dict[float, dict[int, int]] = {inf: self._missed}
        for each in self.held.values():
            leases.setdefault(each.lease, {})[each.id] = each.attempts
        self.guard(leases, min(min(each.lease, each.ttr) for each in self.held.values()) + 1)

    def _farewell(self) -> None:
        """The end of the guard and of other records, once nothing is held.

        A guard that knows of a job which was lost stays behind: the binlog knows of its attempt from nowhere else.
        """
        if not self.held and (self._guard or self._outdated):
            gone = [*self._outdated, self._guard] if self._guard and not self._missed else self._outdated
            self._guard, self._outdated, self._missed = 0, [], {}
            self.tell([b"delete %d\r\n" % record for record in gone])

    def _accepted(
        self, reservations: Sequence[Reservation], answers: Sequence[Answer], done: bytes
    ) -> set[Reservation]:
        accepted: set[Reservation] = set()
        for reservation, answer in zip(reservations, answers, strict=True):
            if answer.word == done:
                accepted.add(reservation)
            elif answer.word == b"NOT_FOUND":  # the server ended it, whatever we thought
                self.held.pop(reservation.id, None)
                self._missed[reservation.id] = reservation.attempts
            else:
                raise refusal(answer)
        return accepted


def _touch(reservation: Reservation) -> bytes:
    return b"touch %d\r\n" % reservation.id
