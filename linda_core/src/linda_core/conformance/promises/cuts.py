"""Promise 1 when a connection breaks: before, in the middle of and after each verb's request and reply."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.proxy import Way
from linda_core.conformance.watch import Watch
from linda_core.conformance.wire import Wire, must_heal
from linda_core.driver import Buries, Lists, Peeks, Receipts, Tallies, Touches
from linda_core.errors import BrokerUnavailable, ConnectionLost, LeaseLost
from linda_core.job import Job
from linda_core.lifecycle import State

READY, BURIED, GONE = "ready", "buried", "gone"
NEW, TAKEN = "not pushed", "reserved"


@dataclass(frozen=True)
class Verb:
    """What to do with one job, and where the job may be once its lease and delay are over."""

    act: Callable[[Broker, str, Job, float], object]
    before: str  #: where the job is when the verb is called
    done: str = READY  #: where it is afterwards
    ability: type[object] | None = None

    @property
    def undone(self) -> str:
        """Where it is if nothing was done."""
        return {NEW: GONE, TAKEN: READY}.get(self.before, self.before)


VERBS: Mapping[str, Verb] = {
    "push": Verb(lambda broker, queue, job, _: broker.push(job, queue), NEW),
    "later": Verb(lambda broker, queue, job, lease: broker.later(lease, job, queue), NEW),
    "pop": Verb(lambda broker, queue, _, lease: broker.pop(queue, lease), READY),
    "delete": Verb(lambda broker, queue, job, _: broker.delete(queue, job), TAKEN, GONE),
    "release": Verb(lambda broker, queue, job, _: broker.release(queue, job), TAKEN),
    "delay": Verb(lambda broker, queue, job, lease: broker.release_with_delay(queue, job, lease), TAKEN),
    "bury": Verb(lambda broker, queue, job, _: broker.bury(queue, job, "cut"), TAKEN, BURIED, Buries),
    "touch": Verb(lambda broker, queue, job, lease: broker.touch(queue, job, lease), TAKEN, READY, Touches),
    "kick": Verb(lambda broker, queue, _, __: broker.kick(queue, 1), BURIED, READY, Buries),
    "migrate": Verb(lambda broker, queue, _, __: broker.migrate_expired_jobs(queue), READY),
    "counts": Verb(lambda broker, queue, _, __: broker.counts(queue), READY, READY, Tallies),
    "peek": Verb(lambda broker, queue, _, __: broker.peek(queue, State.READY, 1), READY, READY, Peeks),
    "queues": Verb(lambda broker, _, __, ___: broker.queues(), READY, READY, Lists),
}  # fmt: skip


@dataclass
class Case:
    """One cut, and what came of it."""

    what: str
    queue: str
    job: Job
    may_be: set[str] = field(default_factory=set[str])


@pytest.mark.linda_thorough
class Cuts:
    """Accepted means kept, wherever a connection is cut; an unknown outcome raises, and the Broker heals."""

    def test_a_cut_connection_loses_nothing_and_tells_no_lie(
        self,
        wire: Wire,
        other: Broker,
        new_queue: Callable[[str], str],
        harness: Harness,
        watch: Watch,
    ) -> None:
        cases: list[Case] = []
        for name, verb in VERBS.items():
            if verb.ability is None or wire.broker.supports(verb.ability):
                cases += _swept(name, verb, wire, new_queue, watch, 4 * harness.lease)
        harness.elapse(4 * harness.lease + wire.broker.limits.delay_step)

        for case in cases:
            found = _whereabouts(other, case, watch)
            assert found in case.may_be, f"{case.what}: job {case.job.id} is {found}, it must be {case.may_be}"

    @requires(idempotent_push=True)
    def test_a_push_repeated_after_a_cut_does_not_duplicate(
        self, wire: Wire, other: Broker, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        warm = new_queue("warm")
        up, down = wire.cost_of(lambda: wire.broker.push(Job("Cut"), warm))
        for way, at in cut_points(up, down):
            queue, job = new_queue("push"), Job("Once")
            wire.proxy.cut_after(way, at)
            must_heal(wire.broker, "a cut", lambda job=job, queue=queue: wire.broker.push(job, queue))  # type: ignore[misc]
            wire.proxy.disarm()

            assert watch.take(other, queue).id == job.id
            watch.nothing(other, queue, f"only its push, cut after {at} bytes {way}, was repeated")

    def test_a_batch_cut_anywhere_is_kept_when_accepted(
        self, wire: Wire, other: Broker, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        warm = new_queue("warm")
        up, down = wire.cost_of(lambda: wire.broker.push_many([Job("Cut") for _ in range(50)], warm))
        for way, at in cut_points(up, down):
            queue, jobs = new_queue("push_many"), [Job("Cut") for _ in range(50)]
            wire.proxy.cut_after(way, at)
            try:
                wire.broker.push_many(jobs, queue)
                least = {job.id for job in jobs}
            except (ConnectionLost, BrokerUnavailable):
                least = set[str]()
            wire.heal(f"{at} bytes {way}")

            kept = [job.id for job in watch.drain(other, queue, len(least))]
            assert least <= set(kept), f"push_many returned, cut after {at} bytes {way}, and {len(kept)} of 50 are kept"
            assert len(kept) == len(set(kept)), f"push_many, cut after {at} bytes {way}, left a job twice"


def cut_points(up: int, down: int) -> Iterable[tuple[Way, int]]:
    """Before, in the middle of and after a request of `up` bytes and a reply of `down` bytes."""
    for way, size in ((Way.UP, up), (Way.DOWN, down)):
        for at in sorted({0, 1, size // 2, size - 1, size}):
            if not (way is Way.UP and at == size):  # the server may or may not have read it: nothing to learn
                yield way, at


def _swept(
    name: str, verb: Verb, wire: Wire, new_queue: Callable[[str], str], watch: Watch, lease: float
) -> list[Case]:
    """One verb, cut at each point; the first time it is not cut, to learn how much it sends and gets."""
    rehearsal = _prepared(verb, wire.broker, Case(name, new_queue(name), Job("Cut")), watch, lease)
    up, down = wire.cost_of(lambda: verb.act(wire.broker, rehearsal.queue, rehearsal.job, lease))
    rehearsal.may_be = {verb.done}
    cases = [rehearsal]
    for number, (way, at) in enumerate(cut_points(up, down) if up else ()):
        case = Case(f"{name}, cut after {at} bytes {way}", new_queue(name), Job("Cut"))
        _prepared(verb, wire.broker, case, watch, lease)
        wire.proxy.cut_after(way, at, reset=bool(number % 2))
        case.may_be = _outcome(verb, wire.broker, case, lease)
        wire.heal(case.what)
        cases.append(case)
    return cases


def _prepared(verb: Verb, broker: Broker, case: Case, watch: Watch, lease: float) -> Case:
    if verb.before == NEW:
        return case
    broker.push(case.job, case.queue)
    if verb.before != READY:
        case.job = watch.take(broker, case.queue, lease)
    if verb.before == BURIED:
        broker.bury(case.queue, case.job, "to be kicked")
    return case


def _outcome(verb: Verb, broker: Broker, case: Case, lease: float) -> set[str]:
    """Where the job may be after what the verb did or raised."""
    try:
        verb.act(broker, case.queue, case.job, lease)
    except BrokerUnavailable:
        return {verb.undone}
    except ConnectionLost:
        return {verb.undone, verb.done}
    except LeaseLost:  # its connection broke before the call, and the job had gone back
        assert broker.capabilities.receipts is Receipts.CONNECTION, "a cut does not end a lease"
        return {verb.undone}
    return {verb.done}


def _whereabouts(broker: Broker, case: Case, watch: Watch) -> str:
    found = watch.drain(broker, case.queue)
    assert len(found) <= 1, f"job {case.job.id} is there {len(found)} times: {case.what}"
    if found:
        assert {job.id for job in found} == {case.job.id}
        return READY
    if broker.supports(Buries) and broker.kick(case.queue, 1):
        return BURIED
    return GONE
