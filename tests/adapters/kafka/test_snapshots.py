"""Where a topic begins and ends, as the cluster tells it."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from linda_kafka.clients import Consumer
from linda_kafka.failures import Missing, Unreachable
from linda_kafka.snapshots import Place, ends


class Answered(Consumer):
    """Of nobody, and whose questions are answered by these errors first."""

    def __init__(self, *errors: int) -> None:
        super().__init__({"group.id": "asks"})
        self._errors = [*errors]

    def get_watermark_offsets(self, *_: object, **__: object) -> tuple[int, int]:
        if self._errors:
            raise KafkaException(KafkaError(self._errors.pop(0)))
        return 3, 6


def test_a_topic_that_gets_its_leader_in_time() -> None:
    consumer = Answered(KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)

    assert ends(consumer, "new", 10) == Place(3, 5)


def test_a_topic_that_gets_no_leader() -> None:
    with pytest.raises(Unreachable):
        ends(Answered(*[KafkaError.NOT_LEADER_FOR_PARTITION] * 3), "new", 0)


def test_a_topic_that_is_not_there_is_not_waited_for() -> None:
    with pytest.raises(Missing):
        ends(Answered(KafkaError.UNKNOWN_TOPIC_OR_PART), "gone", 10)
