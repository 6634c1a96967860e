"""What an nsqd is set to, as far as it matters to jobs. Seconds and bytes."""

from dataclasses import dataclass

from linda_nsq.admin import Admin

_NANOSECOND = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The flags of these names, with `_` for each `-`."""

    name: str
    version: str
    max_msg_size: int
    max_body_size: int
    max_rdy_count: int
    max_msg_timeout: float
    mem_queue_size: int
    sync_every: int
    sync_timeout: float

    @property
    def hold(self) -> float:
        """Whole seconds one reservation may last. nsqd counts from when it sends a message, we from when it arrives."""
        return float(int(self.max_msg_timeout - 1))


def settings_of(admin: Admin) -> Settings:
    """Asks one server. Raises Unreachable and Refused."""
    return Settings(
        name=admin.name(),
        version=admin.version(),
        max_msg_size=admin.setting("max_msg_size"),
        max_body_size=admin.setting("max_body_size"),
        max_rdy_count=admin.setting("max_rdy_count"),
        max_msg_timeout=admin.setting("max_msg_timeout") * _NANOSECOND,
        mem_queue_size=admin.setting("mem_queue_size"),
        sync_every=admin.setting("sync_every"),
        sync_timeout=admin.setting("sync_timeout") * _NANOSECOND,
    )
