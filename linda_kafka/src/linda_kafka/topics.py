"""The two topics of a ledger: made as it needs them, and looked at before it is trusted to them."""

import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from linda_core.driver import BrokerURL, InvalidURL
from linda_kafka.clients import AdminClient
from linda_kafka.failures import Complaints, Exists, Missing, Refused
from linda_kafka.options import Options, client, ledger_of

T = TypeVar("T")

#: Settings that are refused otherwise, and why they matter.
_KEPT = {
    "cleanup.policy": ("delete", "compaction throws away records that have not been read"),
    "retention.ms": ("-1", "retention throws away jobs that nobody has taken yet"),
    "retention.bytes": ("-1", "retention throws away jobs that nobody has taken yet"),
}
_STAMPED = {
    "message.timestamp.type": ("LogAppendTime", "leases and delays are measured by the server's clock alone"),
}

#: What a new topic has besides; whoever runs the cluster may change it. Space is given back by whole segments.
_ADVISED = {"segment.bytes": str(64 * 2**20)}

#: Copies of each record, where the cluster has as many brokers.
_COPIES = 3

#: Seconds for a topic that was just made to be known to all brokers, and how often to ask.
_SPREADING, _PAUSE = 10.0, 0.05


@dataclass(frozen=True)
class Topic:
    """One of them, and its settings that are not for anybody to change."""

    name: str
    settings: Mapping[str, tuple[str, str]]

    def check(self, partitions: int, found: Mapping[str, str]) -> None:
        """Raises Refused for a topic that would lose jobs or mix them up."""
        if partitions != 1:
            raise Refused(
                f"topic {self.name!r} has {partitions} partitions, Linda needs 1, whose order decides who gets a job; "
                "name another ledger in the URL: kafka://host/NAME"
            )
        for setting, (wanted, reason) in self.settings.items():
            if found.get(setting) != wanted:
                raise Refused(
                    f"topic {self.name!r} has {setting}={found.get(setting)}, Linda needs {wanted}, because {reason}; "
                    f"change it: kafka-configs.sh --alter --entity-type topics --entity-name {self.name} "
                    f"--add-config {setting}={wanted}"
                )

    def new(self, copies: int) -> NewTopic:
        """To be made, on so many brokers."""
        wanted = {setting: value for setting, (value, _) in self.settings.items()}
        safe = {"min.insync.replicas": str(max(1, copies - 1))}
        return NewTopic(self.name, 1, copies, config={**wanted, **_ADVISED, **safe})


class Topics:
    """Those of one ledger, on one cluster."""

    def __init__(self, url: BrokerURL, options: Options) -> None:
        """Raises InvalidURL for files of `options` that cannot be used."""
        name = ledger_of(url)
        self.log = Topic(name, {**_KEPT, **_STAMPED})
        self.snapshots = Topic(f"{name}.snapshots", _KEPT)
        self._options = options
        self._complaints = Complaints()
        settings: dict[str, Any] = {**client(url, options), "error_cb": self._complaints}
        try:
            self._admin = AdminClient(settings)
        except KafkaException as error:
            raise InvalidURL(f"{url}: {error.args[0].str()}") from error

    def prepare(self) -> int:
        """Makes what is missing and checks what is there. Returns the longest record of the log, in bytes.

        Raises Unreachable, and Refused for topics that Linda may not make or cannot trust.
        """
        topics = [self.log, self.snapshots]
        missing = [topic for topic in topics if self._partitions(topic) is None]
        if missing:
            self._make(missing)
        longest = [self._checked(topic) for topic in topics]
        return longest[0]

    def _partitions(self, topic: Topic) -> int | None:
        """How many there are; None without the topic. Unlike other questions this one makes no topic."""
        asked = self._admin.describe_topics(TopicCollection([topic.name]), request_timeout=self._options.timeout)
        try:
            return len(self._answer(asked[topic.name]).partitions)
        except Missing:
            return None

    def _make(self, missing: list[Topic]) -> None:
        copies = self._options.replication or min(_COPIES, self._brokers())
        made = self._admin.create_topics(
            [topic.new(copies) for topic in missing], request_timeout=self._options.timeout
        )
        for topic in missing:
            try:
                self._answer(made[topic.name])
            except Exists:
                continue  # by another process, just now
            except Refused as error:
                raise Refused(f"cannot make topic {topic.name!r}: {error}") from error

    def _brokers(self) -> int:
        return len(self._answer(self._admin.describe_cluster(request_timeout=self._options.timeout)).nodes)

    def _checked(self, topic: Topic) -> int:
        """Its max.message.bytes."""
        deadline = time.monotonic() + _SPREADING
        while True:
            try:
                found = self._settings(topic)
                topic.check(self._partitions(topic) or 0, found)
                return int(found["max.message.bytes"])
            except Missing:  # the broker that was asked has not heard of it yet
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)

    def _settings(self, topic: Topic) -> Mapping[str, str]:
        resource = ConfigResource(ResourceType.TOPIC, topic.name)
        asked = self._admin.describe_configs([resource], request_timeout=self._options.timeout)
        return {name: entry.value for name, entry in self._answer(asked[resource]).items()}

    def _answer(self, asked: Future[T]) -> T:
        """Waits for it no longer than there is hope."""
        while not (wait([asked], _PAUSE).done or self._complaints.hopeless):
            self._admin.poll(0)
        try:
            return asked.result(0)
        except TimeoutError:
            raise self._complaints.explained(KafkaError(KafkaError._ALL_BROKERS_DOWN)) from None
        except KafkaException as error:
            raise self._complaints.explained(error.args[0]) from error
