"""What can go wrong with NSQ's servers, in the few ways that call for different action."""


class Unreachable(Exception):
    """No server, or it does not let us in: nothing was done."""


class Cut(Exception):
    """The connection broke: what was under way may have been done or not."""


class HeldTooLong(Exception):
    """A lease would last longer than the server lets a consumer keep a message."""


class Refused(Exception):
    """The server understood and said no."""


#: What OpenSSL says of a failed handshake, and what to do about it.
_OF_TLS = {
    "mismatch": "its certificate is for another name: use that in the URL",
    "CERTIFICATE_VERIFY_FAILED": "the certificates to trust are named in the URL: ca=FILE",
    "CERTIFICATE_REQUIRED": "the server wants to know who we are: cert=FILE&cert_key=FILE",
    "UNKNOWN_CA": "the server does not trust the signer of our certificate",
    "WRONG_VERSION_NUMBER": "the server speaks no TLS on this port",
}


def advised(error: BaseException) -> str:
    """What the error says and, if it is about TLS, what to do about it."""
    said = str(error) or type(error).__name__
    return next((f"{said}; {advice}" for code, advice in _OF_TLS.items() if code in said), said)
