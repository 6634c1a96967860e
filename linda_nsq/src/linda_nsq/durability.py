"""What a crash of nsqd costs. A clean stop writes everything to disk; a SIGKILL keeps what was written before.

nsqd keeps messages in memory by its flags: `mem-queue-size` of those that wait, in each topic and channel, and
whatever is not synced yet by `sync-every` and `sync-timeout`. Whatever the flags, it keeps in memory alone what is in
flight or deferred (nsqd, channel.go): the jobs that are reserved, and those whose delay is over within seconds.
"""

import logging
from collections.abc import Sequence

from linda_core import driver
from linda_nsq.settings import Settings

log = logging.getLogger("linda.nsq")

#: What is declared whatever the flags: even with the best of them, a crash loses the jobs that are reserved.
DURABILITY = driver.Durability.RESTART

SAFEST = "-mem-queue-size=0 -sync-every=1"


def warn(url: driver.BrokerURL, servers: Sequence[Settings]) -> None:
    """One line in the log for all of `servers`, about the one that loses most; none where no flag would keep more."""
    worst = max(servers, key=lambda settings: (settings.mem_queue_size, settings.sync_every), default=None)
    if worst and (lost := loses(worst)):
        log.warning("%s: a crash of nsqd loses %s; %s keeps them", url, lost, SAFEST)


def loses(settings: Settings) -> str:
    """What a SIGKILL costs that better flags would keep; "" where there are none."""
    if settings.mem_queue_size > 0:
        return f"up to {settings.mem_queue_size:,} jobs of each queue and each span of delays, which it keeps in memory"
    if settings.sync_every > 1:
        return (
            f"the jobs of each queue that it has not synced: up to {settings.sync_every:,}, "
            f"or those of {settings.sync_timeout:g} s"
        )
    return ""
