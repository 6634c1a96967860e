"""What can go wrong with NSQ's servers, in the few ways that call for different action."""


class Unreachable(Exception):
    """No server, or it does not let us in: nothing was done."""


class Cut(Exception):
    """The connection broke: what was under way may have been done or not."""


class HeldTooLong(Exception):
    """A lease would last longer than the server lets a consumer keep a message."""


class Refused(Exception):
    """The server understood and said no."""


#: What OpenSSL says of a failed handshake, or nsqd of what it wants first, and what to do about it.
_ADVICE = {
    "mismatch": "its certificate is for another name: use that in the URL",
    "CERTIFICATE_VERIFY_FAILED": "the certificates to trust are named in the URL: ca=FILE",
    "CERTIFICATE_REQUIRED": "the server wants to know who we are: cert=FILE&cert_key=FILE",
    "UNKNOWN_CA": "the server does not trust the signer of our certificate",
    "WRONG_VERSION_NUMBER": "the server speaks no TLS on this port",
    "TLS required": "say so in the URL: tls=true",
    "E_AUTH_FIRST": "the server wants a secret, in place of a password: nsq://:secret@host",
    "E_AUTH_FAILED": "the server does not accept this secret, or cannot ask whether to",
    "E_AUTH_DISABLED": "the server knows no secrets: leave it out of the URL",
    "E_UNAUTHORIZED": "the secret has to allow to publish and subscribe, to the queue's topic and `linda.*`",
}


def advised(error: BaseException | str) -> str:
    """What the error or the server says and, if anything helps, what to do about it."""
    said = str(error) or type(error).__name__
    return next((f"{said}; {advice}" for code, advice in _ADVICE.items() if code in said), said)
