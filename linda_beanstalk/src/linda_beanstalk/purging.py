"""Emptying a tube: what can be deleted is, and a mark sees to what others hold."""

from linda_beanstalk.client import WINDOW
from linda_beanstalk.connection import Connection
from linda_beanstalk.listing import counts
from linda_beanstalk.tubes import GRAVES, MARKS

_PEEKS = [b"peek-ready\r\n", b"peek-delayed\r\n", b"peek-buried\r\n"]


def purge(connection: Connection, tube: str) -> None:
    """Drop all jobs there are; those that are reserved when they are settled, or when their leases end."""
    (mark,) = connection.insert(MARKS + tube, [b"put 0 0 60 0\r\n\r\n"])
    for each in (tube, GRAVES + tube, MARKS + tube):
        _delete_before(connection, each, mark)
    if not any(counts(connection, [tube])[0]):
        connection.delete_all([mark])


def _delete_before(connection: Connection, tube: str, mark: int) -> None:
    """Beginning with those that the server shows, and with them the jobs that have the next ids."""
    while ids := [peek.id for peek in connection.in_tube(tube, _PEEKS) if peek.word == b"FOUND" and peek.id < mark]:
        near = range(min(ids), min(min(ids) + WINDOW, mark))
        connection.delete_all([job for job, facts in connection.told(near).items() if facts.tube == tube])
