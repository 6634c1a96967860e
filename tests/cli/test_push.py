"""linda push and linda later"""

import pytest

from linda_core.broker import Broker
from linda_core.job import Job
from linda_core.lifecycle import State
from tests.cli.executable import Linda


def test_a_job_is_pushed_and_its_id_printed(linda: Linda, broker: Broker) -> None:
    pushed = linda(
        "push",
        "Resize",
        "photo.jpg",
        "800",
        '"5"',
        "null",
        '{"a": [1.5]}',
        "NaN",
        "-k",
        "quality=0.9",
        "-k",
        "mode=a=b",
    )

    assert (pushed.code, pushed.err) == (0, "")
    job = broker.pop("default", 60)
    assert job is not None
    assert pushed.lines == [job.id]
    assert (job.name, job.args) == ("Resize", ["photo.jpg", 800, "5", None, {"a": [1.5]}, "NaN"])
    assert job.kwargs == {"quality": 0.9, "mode": "a=b"}


def test_the_answer_can_be_json(linda: Linda, broker: Broker) -> None:
    pushed = linda("push", "Resize", "--id", "mine", "--queue", "images", "--json")

    assert pushed.json == {"id": "mine", "name": "Resize", "queue": "images", "state": "ready"}
    assert broker.counts("images").ready == 1


def test_priority_decides_who_is_first(linda: Linda, broker: Broker) -> None:
    linda("push", "Later")
    linda("push", "First", "--priority", "1")

    assert [job.name for job in broker.pop_many("default", 60, 2)] == ["First", "Later"]


def test_a_job_can_wait(linda: Linda, broker: Broker) -> None:
    pushed = linda("later", "5m", "Remind", "ada", "--json")

    assert pushed.json["state"] == "delayed"
    (job,) = broker.peek("default", State.DELAYED, 10)
    assert (job.id, job.name, job.args) == (pushed.json["id"], "Remind", ["ada"])
    assert job.deadline is not None
    assert 0 <= job.deadline - job.created_at - 300 < 30


def test_an_argument_that_is_not_named_is_a_mistake(linda: Linda) -> None:
    outcome = linda("push", "Resize", "-k", "quality")

    assert outcome.code == 2
    assert "'quality' is not NAME=VALUE" in outcome.err


@pytest.mark.parametrize("arguments", [[], ["Resize", "--from-jsonl", "-"]])
def test_a_job_or_a_file_but_not_both(linda: Linda, arguments: list[str]) -> None:
    outcome = linda("push", *arguments)

    assert outcome.code == 2
    assert "Give the NAME of a job, or --from-jsonl" in outcome.err


def test_jobs_come_from_a_file(linda: Linda, broker: Broker) -> None:
    lines = b"""
{"v":1,"id":"one","queue":"a","payload":{"class":"Count","args":["\xc3\xa4"]},"created_at":5.0}

{"payload":{"class":"Count"},"queue":"b"}
{"payload":{"class":"Count"}}
"""
    outcome = linda("push", "--from-jsonl", "-", given=lines)

    assert (outcome.code, outcome.out, outcome.err) == (0, "pushed 3\n", "")
    assert broker.queues() == ["a", "b", "default"]
    job = broker.pop("a", 60)
    assert job is not None
    assert (job.id, job.args, job.created_at) == ("one", ["ä"], 5.0)


def test_a_file_s_jobs_can_all_go_to_one_queue(linda: Linda, broker: Broker) -> None:
    (linda.folder / "jobs.jsonl").write_text('{"payload":{"class":"Count"},"queue":"b"}\n' * 2500)

    outcome = linda("push", "--from-jsonl", "jobs.jsonl", "-q", "a", "--json")

    assert outcome.json == {"pushed": 2500}
    assert broker.counts("a").ready == 2500


def test_a_bad_line_is_named_and_what_was_before_it_is_pushed(linda: Linda, broker: Broker) -> None:
    outcome = linda("push", "--from-jsonl", "-", given=b'{"payload":{"class":"Count"}}\nnonsense\n')

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("linda: line 2: not a Linda envelope")
    assert outcome.err.count("\n") == 1
    assert broker.counts("default").ready == 1


def test_jobs_from_a_file_are_pushed_once_however_often(linda: Linda, broker: Broker) -> None:
    broker.push(Job("Count", id="same"), "default")

    linda("push", "--from-jsonl", "-", given=b'{"id":"same","payload":{"class":"Count"}}')

    assert broker.counts("default").ready == 1
