"""Linda: background jobs with one state machine on every broker."""

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

__all__ = [
    "Broker",
    "BrokerClosed",
    "BrokerError",
    "BrokerUnavailable",
    "Capabilities",
    "ConnectionLost",
    "Counts",
    "DecodeError",
    "EncodeError",
    "InvalidArgument",
    "InvalidURL",
    "Job",
    "JobError",
    "LeaseLost",
    "LimitExceeded",
    "Limits",
    "LindaError",
    "State",
    "TimeLimitExceeded",
    "UnknownHandler",
    "UnknownScheme",
    "Unsupported",
    "UsageError",
    "new_broker",
    "register_broker",
]
