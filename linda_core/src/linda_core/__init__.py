"""Linda: background jobs with one state machine on every broker."""

from linda_core.app import Linda, default_app
from linda_core.backoff import constant, exponential, jittered, linear
from linda_core.broker import Broker, new_broker
from linda_core.capabilities import Capabilities, Limits
from linda_core.driver import Counts
from linda_core.errors import (
    BrokerClosed,
    BrokerError,
    BrokerUnavailable,
    ConnectionLost,
    DecodeError,
    EncodeError,
    InvalidArgument,
    InvalidURL,
    JobError,
    LeaseLost,
    LimitExceeded,
    LindaError,
    TimeLimitExceeded,
    UnknownHandler,
    UnknownScheme,
    Unsupported,
    UsageError,
)
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.registry import register_broker
from linda_core.running import current_job
from linda_core.settings import Settings
from linda_core.signals import Bury, Discard, Retry

close = default_app.close
get_broker = default_app.get_broker
handler = default_app.handler
health = default_app.health
register_workers = default_app.register_workers
run = default_app.run
set_settings = default_app.set_settings
stop = default_app.stop

__all__ = [
    "Broker",
    "BrokerClosed",
    "BrokerError",
    "BrokerUnavailable",
    "Bury",
    "Capabilities",
    "ConnectionLost",
    "Counts",
    "DecodeError",
    "Discard",
    "EncodeError",
    "InvalidArgument",
    "InvalidURL",
    "Job",
    "JobError",
    "LeaseLost",
    "LimitExceeded",
    "Limits",
    "Linda",
    "LindaError",
    "Retry",
    "Settings",
    "State",
    "TimeLimitExceeded",
    "UnknownHandler",
    "UnknownScheme",
    "Unsupported",
    "UsageError",
    "close",
    "constant",
    "current_job",
    "exponential",
    "get_broker",
    "handler",
    "health",
    "jittered",
    "linear",
    "new_broker",
    "register_broker",
    "register_workers",
    "run",
    "set_settings",
    "stop",
]
