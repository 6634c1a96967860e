"""What the server is and says: its options, its refusals, and answers that were cut off."""

import signal
import socket
import threading
from collections.abc import Iterator
from typing import Self

import pytest

from linda_beanstalk.client import Client
from linda_core import (
    Broker,
    BrokerError,
    BrokerUnavailable,
    ConnectionLost,
    InvalidURL,
    Job,
    LimitExceeded,
    new_broker,
)
from linda_core.driver import Durability
from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd
from tests.servers.local import LocalServer


def test_the_longest_body_is_what_the_server_says(private_server: PrivateServer) -> None:
    with new_broker(private_server(beanstalkd("-z", "300")).url) as broker:
        assert broker.limits.body == 300
        with pytest.raises(LimitExceeded, match="300"):
            broker.push(Job("Big", ["x" * 300]), "q")


def test_durability_is_what_the_server_has(broker: Broker, private_server: PrivateServer) -> None:
    assert broker.capabilities.durability is Durability.CRASH
    with new_broker(private_server(beanstalkd(logged=False)).url) as forgetful:
        assert forgetful.capabilities.durability is Durability.NONE


def test_a_server_that_drains_refuses_pushes_and_hands_out_the_rest(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd())
    assert isinstance(server, LocalServer)
    with new_broker(server.url) as broker:
        broker.push(Job("Before"), "q")
        server.programs[0].signal(signal.SIGUSR1)

        with pytest.raises(BrokerUnavailable, match="DRAINING"):
            broker.push(Job("After"), "q")
        assert broker.pop("q", 60)


def test_a_batch_that_the_server_refused_may_have_arrived_in_part(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd())
    assert isinstance(server, LocalServer)
    with new_broker(server.url) as broker:
        server.programs[0].signal(signal.SIGUSR1)

        with pytest.raises(ConnectionLost, match="DRAINING"):
            broker.push_many([Job("After"), Job("After")], "q")


def test_a_broker_goes_on_after_its_server_came_back(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd())
    with new_broker(server.url) as broker:
        broker.push(Job("Kept"), "q")
        server.kill()
        with pytest.raises(BrokerUnavailable):
            broker.push(Job("Refused"), "q")
        server.start()

        job = broker.pop("q", 60)
        assert job
        assert job.name == "Kept"


@pytest.mark.parametrize(
    "rest",
    ["?ttr=0", "?ttr=1.5", "?ttr=4294967296", "?patience=0", "?tts=1", "/path", ",other:1"],
)
def test_what_the_url_cannot_mean_is_refused(beanstalkd_server: LocalServer, rest: str) -> None:
    with pytest.raises(InvalidURL):
        new_broker(beanstalkd_server.url + rest)


def test_a_login_is_refused() -> None:
    with pytest.raises(InvalidURL, match="login"):
        new_broker("beanstalk://user:secret@127.0.0.1")


@pytest.fixture
def saying() -> Iterator["Saying"]:
    with Saying() as server:
        yield server


class Saying:
    """A server that says one thing to whatever it is told, and hangs up."""

    def __init__(self) -> None:
        self.words = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        link, _ = self._listener.accept()
        with link:
            link.recv(1000)
            link.sendall(self.words)


@pytest.mark.parametrize(
    "words",
    [b"", b"RESER", b"RESERVED 1 10\r", b"RESERVED 1 10\r\n", b"RESERVED 1 10\r\nhalf", b"RESERVED 1 4\r\nhalf\r"],
    ids=repr,
)
def test_an_answer_that_was_cut_off_is_a_broken_connection(saying: Saying, words: bytes) -> None:
    saying.words = words
    client = Client("127.0.0.1", saying.port, 10)

    with pytest.raises(ConnectionError):
        client.exchange([b"reserve-with-timeout 0\r\n"])
    client.close()


def test_an_answer_of_no_protocol_is_an_error(saying: Saying) -> None:
    saying.words = b"HTTP/1.1 400 Bad Request\r\n"
    with pytest.raises(BrokerError, match="HTTP"):
        new_broker(f"beanstalk://127.0.0.1:{saying.port}")
