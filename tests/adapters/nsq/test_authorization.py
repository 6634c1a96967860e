"""nsqd that asks an authorization server what a secret allows."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from linda_core import BrokerError, BrokerUnavailable, Job, new_broker
from tests.servers.locate import provide_private
from tests.servers.nsqd import DURABLE, nsqd
from tests.servers.server import Server, ServerUnavailable

#: Which topics each secret opens.
TOPICS = {"hush": ".*", "hush-hush": r"^(mine|linda\..*)$"}


class Authorization(BaseHTTPRequestHandler):
    """As nsqd wants it (nsq.io, nsqd, Auth): 403 for a secret that opens nothing."""

    def do_GET(self) -> None:
        secret = parse_qs(urlsplit(self.path).query)["secret"][0]
        topic = TOPICS.get(secret)
        rights = {"topic": topic, "channels": [".*"], "permissions": ["subscribe", "publish"]}
        answer = json.dumps({"ttl": 3600, "authorizations": [rights]}).encode()
        self.send_response(200 if topic else 403)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        """Nothing that a test wants to read."""


@pytest.fixture(scope="module")
def guarded_server() -> Iterator[Server]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Authorization) as authorization:
        thread = threading.Thread(target=authorization.serve_forever)
        thread.start()
        try:
            with provide_private(nsqd(*DURABLE, f"-auth-http-address=127.0.0.1:{authorization.server_port}")) as server:
                yield server
        except ServerUnavailable as reason:
            pytest.skip(str(reason))
        finally:
            authorization.shutdown()
            thread.join()


def with_secret(server: Server, secret: str) -> str:
    return server.url.replace("nsq://", f"nsq://:{secret}@")


def test_a_secret_that_opens_everything(guarded_server: Server, queue: str) -> None:
    with new_broker(with_secret(guarded_server, "hush")) as broker:
        broker.push(Job("Secret"), queue)
        job = broker.pop(queue, 60, wait=5)
        assert job is not None
        broker.release_with_delay(queue, job, 0.1)
        job = broker.pop(queue, 60, wait=5)
        assert job is not None
        broker.bury(queue, job, "enough")
        assert broker.counts(queue) == (0, 0, 0, 1)


def test_a_secret_that_opens_one_queue(guarded_server: Server) -> None:
    with new_broker(with_secret(guarded_server, "hush-hush")) as broker:
        broker.push(Job("Secret"), "mine")
        assert broker.pop("mine", 0, wait=5) is not None
        with pytest.raises(BrokerError, match="to publish and subscribe"):
            broker.push(Job("Secret"), "theirs")
        with pytest.raises(BrokerError, match="to publish and subscribe"):
            broker.pop("theirs", 60)
        broker.push(Job("Secret"), "mine")
        assert broker.pop("mine", 0, wait=5) is not None, "a refusal broke the connection for good"


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_a_secret_that_opens_nothing(guarded_server: Server, secret: str) -> None:
    url = with_secret(guarded_server, secret) if secret else guarded_server.url

    with pytest.raises(BrokerUnavailable, match="secret") as refusal:
        new_broker(url)
    assert "wrong" not in str(refusal.value)


def test_a_secret_that_nobody_asked_for(nsqd_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match="leave it out"):
        new_broker(with_secret(nsqd_server, "hush"))
