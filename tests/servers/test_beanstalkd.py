"""What a test relies on when it has a beanstalkd of its own."""

from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd
from tests.servers.port import ask


def test_a_kill_and_a_start_keep_port_and_jobs(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd())
    port = int(server.url.rpartition(":")[2])
    assert ask(port, b"put 0 0 60 4\r\nkept\r\n") == b"INSERTED 1\r\n"

    server.kill()
    server.start()

    assert ask(port, b"peek-ready\r\n") == b"FOUND 1 4\r\nkept\r\n"


def test_options_are_handed_on(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd("-z", "3"))
    port = int(server.url.rpartition(":")[2])

    assert ask(port, b"put 0 0 60 4\r\nlong\r\n") == b"JOB_TOO_BIG\r\n"


def test_without_a_log_a_kill_loses_every_job(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd(logged=False))
    port = int(server.url.rpartition(":")[2])
    assert ask(port, b"put 0 0 60 4\r\nlost\r\n") == b"INSERTED 1\r\n"

    server.kill()
    server.start()

    assert ask(port, b"peek-ready\r\n") == b"NOT_FOUND\r\n"
