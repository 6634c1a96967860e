"""Producers without Linda: they write an envelope to the ledger's topic."""

import json
import subprocess
from functools import partial

import pytest
from confluent_kafka import Producer

from linda_core import Broker, Job
from linda_core.conformance.background import Background
from linda_core.driver import State
from tests.adapters.kafka.conftest import Write
from tests.servers import debian
from tests.servers.locate import SERVERS, find, installed

BODY = json.dumps({"payload": {"class": "Hello", "args": ["world"]}})


def taken(broker: Broker, queue: str) -> Job:
    job = broker.pop(queue, 30, wait=10)
    assert job is not None
    broker.delete(queue, job)
    return job


def test_the_key_names_the_queue(broker: Broker, write: Write) -> None:
    write(BODY, key="größe")

    job = taken(broker, "größe")

    assert (job.name, list(job.args), job.attempts) == ("Hello", ["world"], 1)
    assert job.id


def test_without_a_key_the_envelope_names_it(broker: Broker, write: Write) -> None:
    write(json.dumps({"queue": "q", "id": "mine", "payload": {"class": "Hello"}}))

    assert taken(broker, "q").id == "mine"


@pytest.mark.parametrize("key", [None, "", b"\xfe", "x" * 101])
def test_what_names_no_queue_goes_to_the_default_one(broker: Broker, write: Write, key: str | bytes | None) -> None:
    write(BODY, key=key)

    assert taken(broker, "default").name == "Hello"


def test_jobs_of_all_producers_keep_their_order(broker: Broker, write: Write) -> None:
    broker.push(Job("first"), "q")
    write(BODY, key="q")
    broker.push(Job("third"), "q")

    assert [job.name for job in broker.pop_many("q", 30, 10)] == ["first", "Hello", "third"]


def test_it_wakes_a_consumer_that_waits(broker: Broker, write: Write) -> None:
    waiting = Background(lambda: broker.pop("q", 30, wait=60))
    waiting.pause()

    write(BODY, key="q")

    assert waiting.result("the record woke nobody", timeout=5)


def test_it_is_counted_listed_and_seen_before_anybody_takes_it(broker: Broker, write: Write) -> None:
    write(BODY, key="q")

    assert broker.counts("q").ready == 1
    assert broker.queues() == ["q"]
    assert [job.name for job in broker.peek("q", State.READY, 10)] == ["Hello"]


def test_a_record_without_a_value_is_no_job(broker: Broker, write: Write) -> None:
    write(None, key="q")
    write(BODY, key="q")

    assert broker.counts("q").ready == 1


def test_jobs_of_a_transaction_come_when_it_is_committed(broker: Broker, servers: str, ledger: str) -> None:
    producer = Producer({"bootstrap.servers": servers, "transactional.id": ledger})
    producer.init_transactions(10)

    def write(key: str) -> None:
        producer.begin_transaction()
        producer.produce(ledger, BODY, key)
        producer.flush(10)

    write("never")
    producer.abort_transaction(10)
    write("q")
    waiting = Background(partial(broker.pop, "q", 30, wait=60))
    waiting.pause()
    producer.commit_transaction(10)

    assert waiting.result("the transaction woke nobody", timeout=10)
    assert broker.queues() == ["q"]


def test_kcat_pushes(broker: Broker, servers: str, ledger: str) -> None:
    kcat = find("kcat") or installed("kcat", lambda into: debian.unpack(["kcat"], into))
    command = [str(kcat), "-P", "-b", servers, "-t", ledger, "-k", "q"]

    environment = debian.libraries(SERVERS)
    subprocess.run(command, input=BODY, text=True, check=True, timeout=60, env=environment)

    assert taken(broker, "q").name == "Hello"
