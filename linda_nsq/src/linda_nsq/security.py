"""Who we are, for nsqd, and how long we wait for it."""

import ssl
from dataclasses import dataclass

_USER_AGENT = "linda"


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What every connection of a driver has in common. Seconds."""

    timeout: float
    connect_timeout: float
    heartbeat: float
    context: ssl.SSLContext | None = None  #: None for plain TCP
    secret: str = ""

    @property
    def identity(self) -> dict[str, object]:
        """What IDENTIFY says on all of them."""
        return {
            "user_agent": _USER_AGENT,
            "feature_negotiation": True,
            "heartbeat_interval": int(self.heartbeat * 1000),
            "tls_v1": self.context is not None,
        }
