"""Promise 11: queue names are any Unicode text up to 100 characters."""

from collections.abc import Callable

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import requires
from linda_core.conformance.silence import Silence
from linda_core.conformance.watch import Watch
from linda_core.driver import Lists, Tallies
from linda_core.errors import InvalidArgument
from linda_core.job import Job

#: Names that something between here and the server may take for one another, or for something else.
CONFUSABLE = [
    "a", "A", " a", "a ", "a\t", "a\n", "a\x00", "a.", ".a", "a..", "a/", "a/../a", "a:", "a::", "a-", "-a", "a_",
    "a%", "a%20", "a+", "a*", "a?", "[a]", "{a}", "{{a}}", "a{b", "a#", "#", "*", ">", "a,b", "a;b", "a'b", 'a"b',
    "a\\b", "a$b", "a&b", "a=b", "a|b", "a~", "a^", "a(b)", "a<b>", "a@b", "a!", "é", "e\u0301", "ß", "ss", "i",
    "\u0131", "\u212b", "\xc5",
    "ﬁ", "fi", "名前", "очередь", "𝄞", "👩‍👩‍👧", "\u200b", "\ufeff", "\u202e", ".buried", ".delayed",
    "a.buried", "a.delayed", "a.dead", "buried", "delayed", "reserved", "ready", "queues", "0", "00", "None", "amq.a",
]  # fmt: skip


class Names:
    """Queue names are any non-empty Unicode text up to 100 characters, and two names never share jobs."""

    def test_two_names_never_share_jobs(self, broker: Broker, new_queue: Callable[[str], str], watch: Watch) -> None:
        own = new_queue("x")[-6:]
        names = [name for variant in CONFUSABLE for name in (variant + own, own + variant)]
        for name in names:
            broker.push(Job("Named", [name]), name)

        for name in reversed(names):  # a queue that two names shared would keep the order of the pushes
            job = watch.take(broker, name, 0)
            assert job.args == [name], f"a job pushed to queue {job.args[0]!r} came out of queue {name!r}"
            assert job.queue == name, f"a job of queue {name!r} says that it came from {job.queue!r}"
        for name in names:
            watch.nothing(broker, name, f"queue {name!r} was emptied")

    @pytest.mark.parametrize("filler", ["q", "é", "𝄞", " ", "."], ids=["q", "accent", "clef", "space", "dot"])
    def test_a_hundred_characters_all_count(
        self, broker: Broker, new_queue: Callable[[str], str], watch: Watch, filler: str
    ) -> None:
        stem = new_queue("x")[-6:] + filler * 93
        names = [stem + "1", stem + "2", stem]
        for name in names:
            broker.push(Job("Named", [name]), name)

        for name in reversed(names):
            assert watch.take(broker, name, 0).args == [name], "two long names with the same beginning shared jobs"

    def test_every_verb_takes_any_name(self, broker: Broker, new_queue: Callable[[str], str], watch: Watch) -> None:
        name = f" {{é}}:*/%\n\x00{new_queue('x')[-6:]} "
        broker.push(Job("Named"), name)
        broker.migrate_expired_jobs(name)
        broker.release(name, watch.take(broker, name))
        broker.delete(name, watch.take(broker, name))

        watch.nothing(broker, name, "it was deleted")

    @requires(Lists, Tallies)
    def test_names_are_listed_as_they_were_given(self, broker: Broker, new_queue: Callable[[str], str]) -> None:
        names = [f"{variant}{own}" for own in (new_queue("x")[-6:],) for variant in CONFUSABLE]
        for name in names:
            broker.push(Job("Named"), name)

        listed = set(broker.queues())

        missing = [name for name in names if name not in listed]
        assert not missing, f"queues() does not list {missing}"
        for name in names:
            assert broker.counts(name).ready == 1, f"queue {name!r} holds one job, counts() says {broker.counts(name)}"
            broker.pop(name, 0)

    @pytest.mark.parametrize("name", ["", "q" * 101, "\ud800", 7, None])
    def test_what_is_no_name_is_refused_before_any_io(self, silence: Silence, name: str) -> None:
        with silence():
            with pytest.raises(InvalidArgument):
                silence.broker.push(Job("Named"), name)
            with pytest.raises(InvalidArgument):
                silence.broker.migrate_expired_jobs(name)
