"""Linda's broker for NSQ. What it promises and where it ends is in `linda_nsq.driver`."""

from linda_nsq.driver import NsqDriver

__all__ = ["NsqDriver"]
