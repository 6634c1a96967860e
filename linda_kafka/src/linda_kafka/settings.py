"""How the three clients of a Broker are set up, besides how to reach the cluster."""

from linda_kafka.clients import Settings

#: Seconds after which a server that does not answer counts as gone.
_SILENT = 5


#: What all have in common. By default the library forgets all that it knows of the cluster when no connection is left,
#: and then takes 1.8 s to replace one that broke; so it takes 3 ms.
_COMMON = {"metadata.recovery.strategy": "none"}


def of_producer(settings: Settings, timeout: float) -> Settings:
    """For the one that writes."""
    return {
        **settings,
        **_COMMON,
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 0,
        "message.timeout.ms": round(timeout * 1000),
        "message.max.bytes": 10**9,  # the topic says how long records may be
        "socket.timeout.ms": round(min(_SILENT, timeout / 2) * 1000),
    }


def of_replica(settings: Settings) -> Settings:
    """For the one that follows the log. The server answers its questions at once when there is something."""
    return {
        **_of_consumer(settings),
        "fetch.wait.max.ms": 4000,
        "queued.max.messages.kbytes": 2 * 1024,
    }


def of_reader(settings: Settings) -> Settings:
    """For the one that reads single records."""
    return {
        **_of_consumer(settings),
        "fetch.wait.max.ms": 10,
        "fetch.message.max.bytes": 256 * 1024,
        "queued.max.messages.kbytes": 1024,
    }


def _of_consumer(settings: Settings) -> Settings:
    return {
        **settings,
        **_COMMON,
        "group.id": "linda",  # required, but never joined
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "fetch.queue.backoff.ms": 5,  # by default a second, which who reads fast waits again and again
        "socket.timeout.ms": _SILENT * 1000,
    }
