"""How the three clients of a Broker are set up, besides how to reach the cluster."""

from linda_kafka.clients import Settings

#: Seconds after which a server that does not answer counts as gone.
_SILENT = 5


def of_producer(settings: Settings, timeout: float) -> Settings:
    """For the one that writes."""
    return {
        **settings,
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
        "fetch.wait.max.ms": 10_000,
        "socket.timeout.ms": 11_000,  # the library wants it longer than that, to which it adds it
        "queued.max.messages.kbytes": 8 * 1024,
    }


def of_reader(settings: Settings) -> Settings:
    """For the one that reads single records."""
    return {
        **_of_consumer(settings),
        "fetch.wait.max.ms": 10,
        "socket.timeout.ms": _SILENT * 1000,
        "fetch.message.max.bytes": 256 * 1024,
        "queued.max.messages.kbytes": 1024,
    }


def _of_consumer(settings: Settings) -> Settings:
    return {
        **settings,
        "group.id": "linda",  # required, but never joined
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
    }
