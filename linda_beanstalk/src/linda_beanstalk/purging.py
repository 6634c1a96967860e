"""Emptying a tube, though beanstalkd lets nobody delete what somebody else has reserved.

A purge begins with a mark, a job in a tube beside it. Ids are given out in order, so all jobs with a smaller id
than the mark's are purged: what can be deleted is, and the rest is dropped where it next shows up. Whoever takes
or settles jobs looks for a mark in the same breath.
"""

from linda_beanstalk.client import WINDOW
from linda_beanstalk.connection import Connection
from linda_beanstalk.listing import counts
from linda_beanstalk.tubes import GRAVES, MARKS

_PEEKS = [b"peek-ready\r\n", b"peek-delayed\r\n", b"peek-buried\r\n"]


def purge(connection: Connection, tube: str) -> None:
    """Drop all jobs there are; those that are reserved when they are settled, or when their leases end."""
    (put,) = connection.in_tube(MARKS + tube, [b"put 0 0 60 0\r\n\r\n"])
    for each in (tube, GRAVES + tube, MARKS + tube):
        _delete_before(connection, each, put.id)
    if not any(counts(connection, [tube])[0]):
        connection.delete_all([put.id])


def _delete_before(connection: Connection, tube: str, mark: int) -> None:
    """Beginning with those that the server shows, and with them the jobs that have the next ids."""
    while ids := [peek.id for peek in connection.in_tube(tube, _PEEKS) if peek.word == b"FOUND" and peek.id < mark]:
        near = range(min(ids), min(min(ids) + WINDOW, mark))
        found = zip(near, connection.facts(near), strict=True)
        connection.delete_all([job for job, facts in found if facts and facts.tube == tube])
