"""What all servers together count."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from linda_nsq import ladder, names
from linda_nsq.admin import Topic
from linda_nsq.server import Server


async def counts(servers: Sequence[Server], queue: str) -> tuple[int, int, int, int]:
    """How many jobs are ready, delayed, reserved and buried. Raises Unreachable and Refused."""
    ready = delayed = reserved = buried = 0
    for topics in await _of(servers):
        if work := topics.get(names.work(queue)):
            channel = work.channels.get(names.CHANNEL)
            ready += work.depth + (channel.depth if channel else 0)
            delayed += channel.deferred if channel else 0
            reserved += channel.in_flight if channel else 0
        delayed += sum(map(_all, _rungs(topics, queue)))
        buried += sum(map(_all, _present(topics, [names.buried(queue)])))
    return ready, delayed, reserved, buried


async def queues(servers: Sequence[Server]) -> Sequence[str]:
    """The names of all queues. Raises Unreachable and Refused."""
    found: set[str] = set()
    for topics in await _of(servers):
        found.update(names.queues({topic: known.channels for topic, known in topics.items()}).values())
    return list(found)


async def purge(servers: Sequence[Server], queue: str) -> None:
    """Drop every job of `queue`. Raises Unreachable and Refused."""
    of_queue = {names.work(queue), names.buried(queue), *_rung_names(queue)}
    for server in servers:
        for _ in range(2):  # what is on its way from a topic to its channel is in neither
            for topic, known in (await server.topics()).items():
                if topic in of_queue and _all(known):
                    await server.empty(topic)


async def _of(servers: Sequence[Server]) -> Sequence[Mapping[str, Topic]]:
    return await asyncio.gather(*(server.topics() for server in servers))


def _rungs(topics: Mapping[str, Topic], queue: str) -> Iterable[Topic]:
    return _present(topics, _rung_names(queue))


def _rung_names(queue: str) -> list[str]:
    return [names.delayed(queue, number) for number in range(ladder.RUNGS + 1)]


def _present(topics: Mapping[str, Topic], wanted: Iterable[str]) -> Iterable[Topic]:
    return (topics[name] for name in wanted if name in topics)


def _all(topic: Topic) -> int:
    """Those in the hands of a keeper are still delayed."""
    return topic.waiting + sum(channel.in_flight + channel.deferred for channel in topic.channels.values())
