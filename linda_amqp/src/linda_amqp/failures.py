"""What can go wrong with a RabbitMQ server, in the few ways that call for different action."""

from collections.abc import Mapping, Sequence

import pika.exceptions


class Unreachable(Exception):
    """No server, or it does not let us in: nothing was done."""


class Blocked(Exception):
    """The server takes no messages for now: it is short of memory or disk. Nothing was done."""


class Cut(Exception):
    """The connection or the channel broke: what was under way may have been done or not."""


class Missing(Cut):
    """A queue is not there. It closes the channel."""


class TakenBack(Cut):
    """The server took back all that was held, because something was held for too long."""


class Locked(Cut):
    """Another connection has the queue to itself. It closes the channel."""


class Silent(Exception):
    """A process that holds jobs does not answer."""


class Refused(Exception):
    """The server understood and said no: permissions, a queue with other arguments, a full queue."""


class TooLarge(Exception):
    """The message is beyond the server's own limit."""


class HeldTooLong(Exception):
    """A lease would last longer than the server lets a consumer keep a message."""


#: What OpenSSL says of a failed handshake, and what to do about it.
_OF_TLS = {
    "mismatch": "its certificate is for another name: use that in the URL",
    "CERTIFICATE_VERIFY_FAILED": "the certificates to trust are named in the URL: ca=FILE",
    "CERTIFICATE_REQUIRED": "the server wants to know who we are: cert=FILE&cert_key=FILE",
    "UNKNOWN_CA": "the server does not trust the signer of our certificate",
    "WRONG_VERSION_NUMBER": "the server speaks no TLS on this port: amqp:// is without, and its usual port is 5672",
}

#: What the server says when it closes a channel, and what to do about it.
_OF_CHANNEL: Sequence[tuple[str, type[Exception], str]] = (
    ("inequivalent arg", Refused, "the queue was not made by this version of Linda: delete it, or use another name"),
    ("delivery acknowledgement", TakenBack, "say the server's consumer_timeout in the URL: consumer_timeout=SECONDS"),
    ("larger than configured max size", TooLarge, "say so in the URL: max_message_size=…"),
)

#: What the server's codes mean, and what to do about it.
_OF_CODE: Mapping[int, tuple[type[Exception], str]] = {
    403: (Refused, "; Linda needs permission to configure, write and read its queues and `linda.*`"),
    404: (Missing, "; it is made again by the next call"),
    405: (Locked, ""),
}


def of_open(error: BaseException) -> Exception:
    """Why a connection could not be opened, said so that a reader can act on it."""
    error = _root(error)
    if isinstance(error, pika.exceptions.ProbableAuthenticationError):
        return Unreachable("the server refuses this user name or password")
    if isinstance(error, pika.exceptions.ProbableAccessDeniedError):
        return Unreachable("the virtual host does not exist, or this user may not use it; check the path of the URL")
    if isinstance(error, pika.exceptions.ConnectionClosedByBroker):
        return Unreachable(f"the server closed the connection: {error.reply_text}")
    return Unreachable(advised(error))


def advised(error: BaseException) -> str:
    """What the error says and, if it is about TLS, what to do about it."""
    said = str(error) or type(error).__name__
    return next((f"{said}; {advice}" for code, advice in _OF_TLS.items() if code in said), said)


def of_close(reason: BaseException) -> Exception:
    """Why a channel or a connection was closed."""
    if isinstance(reason, pika.exceptions.ChannelClosedByBroker):
        return _of_channel(reason.reply_code, reason.reply_text)
    if isinstance(reason, pika.exceptions.ConnectionBlockedTimeout):
        return Cut("the server, short of memory or disk, took no messages for as long as blocked_timeout in the URL")
    return Cut(f"the connection broke: {str(reason) or type(reason).__name__}")


def _of_channel(code: int, text: str) -> Exception:
    if code in _OF_CODE:
        kind, advice = _OF_CODE[code]
        return kind(text + advice)
    for words, kind, advice in _OF_CHANNEL:
        if words in text:
            return kind(f"{text}; {advice}")
    return Cut(f"the server closed the channel: {text}")


def _root(error: BaseException) -> BaseException:
    """The cause inside what pika's connection workflow wraps, often twice."""
    inner = [*error.args, *getattr(error, "exceptions", ()), getattr(error, "exception", None)]
    causes = [cause for cause in inner if isinstance(cause, BaseException)]
    return _root(causes[-1]) if causes else error
