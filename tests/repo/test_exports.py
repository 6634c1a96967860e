"""The public names: adding one is a decision, losing one breaks somebody."""

import linda_core

NAMES = """
Broker BrokerClosed BrokerError BrokerUnavailable Bury Capabilities ConnectionLost Counts DecodeError Discard
EncodeError InvalidArgument InvalidURL Job JobError LeaseLost LimitExceeded Limits Linda LindaError Retry
Settings State TimeLimitExceeded UnknownHandler UnknownScheme Unsupported UsageError close constant
current_job exponential get_broker handler health jittered linear new_broker register_broker register_workers
run set_settings stop
"""


def test_the_public_names_are_these() -> None:
    assert linda_core.__all__ == NAMES.split()


def test_the_public_names_are_sorted() -> None:
    assert sorted(linda_core.__all__) == linda_core.__all__


def test_every_public_name_is_there() -> None:
    missing = [name for name in linda_core.__all__ if name not in vars(linda_core)]

    assert missing == []
