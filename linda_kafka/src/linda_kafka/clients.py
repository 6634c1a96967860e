"""The clients of librdkafka, which a fork leaves without their threads: destroying one would wait for them for ever."""

import ctypes
import logging
import os
import weakref
from collections.abc import Mapping
from typing import Any

import confluent_kafka.admin

log = logging.getLogger("linda.kafka")

#: What configures a client, by librdkafka's names.
Settings = Mapping[str, Any]


class Producer(confluent_kafka.Producer):
    """One that a fork keeps."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(dict(settings), logger=log)
        _clients.add(self)


class Consumer(confluent_kafka.Consumer):
    """One that a fork keeps."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(dict(settings), logger=log)
        _clients.add(self)


class AdminClient(confluent_kafka.admin.AdminClient):
    """One that a fork keeps, also as garbage that is not collected yet."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(dict(settings), logger=log)
        _clients.add(self)


_clients: weakref.WeakSet[Producer | Consumer | AdminClient] = weakref.WeakSet()


def _keep_for_ever() -> None:
    """So that nobody destroys them in a forked child, not even the interpreter at its end."""
    for client in _clients:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(client))


os.register_at_fork(after_in_child=_keep_for_ever)
