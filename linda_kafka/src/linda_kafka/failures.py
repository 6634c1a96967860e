"""What can go wrong with a Kafka cluster, in the few ways that call for different action."""

from collections.abc import Mapping

from confluent_kafka import KafkaError


class Unreachable(Exception):
    """No broker, or none that lets us in or can serve: nothing was done."""


class Cut(Exception):
    """No answer came: what was under way may have been done or not."""


class Refused(Exception):
    """The cluster understood and said no, or it is not set up as Linda needs it. Nothing was done."""


class TooLarge(Exception):
    """The record is beyond the topic's max.message.bytes."""


class Missing(Refused):
    """A topic is not there."""


class Exists(Refused):
    """A topic is there already."""


class NewerLedger(Refused):
    """The ledger has what this version of Linda does not understand."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the ledger was written by a newer Linda: {what}; upgrade this one")


_RIGHTS = (
    "; Linda needs the rights to Describe, DescribeConfigs, Read, Write and Delete its two topics and, unless they "
    "were made for it, to Create them"
)
_REPLICAS = "; fewer replicas are in sync than the topic's min.insync.replicas asks for"

#: What an error of the client library or the cluster means, and what to do about it. Of all others, the outcome of
#: what was under way is as it was before: nothing for a question, unknown for a record on its way.
_MEANINGS: Mapping[int, tuple[type[Exception], str]] = {
    KafkaError.MSG_SIZE_TOO_LARGE: (TooLarge, "; raise the topic's max.message.bytes, or push less at once"),
    KafkaError.RECORD_LIST_TOO_LARGE: (TooLarge, "; raise the topic's segment.bytes, or push less at once"),
    KafkaError.TOPIC_AUTHORIZATION_FAILED: (Refused, _RIGHTS),
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: (Refused, _RIGHTS),
    KafkaError.UNKNOWN_TOPIC_OR_PART: (Missing, "; whoever connects next makes it again"),
    KafkaError._UNKNOWN_TOPIC: (Missing, "; whoever connects next makes it again"),
    KafkaError._UNKNOWN_PARTITION: (Missing, "; whoever connects next makes its topic again"),
    KafkaError.TOPIC_ALREADY_EXISTS: (Exists, ""),
    KafkaError.POLICY_VIOLATION: (Refused, "; the cluster has a policy against it"),
    KafkaError.INVALID_REPLICATION_FACTOR: (Refused, "; say another number in the URL: replication=…"),
    KafkaError.INVALID_RECORD: (Refused, "; is the topic compacted?"),
    KafkaError.NOT_ENOUGH_REPLICAS: (Unreachable, _REPLICAS),
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND: (Cut, _REPLICAS),
    KafkaError._AUTHENTICATION: (Unreachable, "; check user, password and sasl=… in the URL"),
    KafkaError.SASL_AUTHENTICATION_FAILED: (Unreachable, "; check user, password and sasl=… in the URL"),
    KafkaError._SSL: (Unreachable, "; certificates to trust are named in the URL: ca=FILE, and ours: cert=FILE"),
    KafkaError._RESOLVE: (Unreachable, "; check the host in the URL, and the cluster's advertised.listeners"),
    KafkaError._ALL_BROKERS_DOWN: (Unreachable, "; none keeps a connection: where they want TLS, write kafkas://"),
    KafkaError._QUEUE_FULL: (Unreachable, "; too much is on its way already"),
    KafkaError._PURGE_QUEUE: (Unreachable, ""),
}


_UNPROVED = "; the server does not accept our certificate, or wants one: cert=FILE&cert_key=FILE"

#: What is said of a handshake that failed, and what to do about it.
_OF_TLS = {
    "bad certificate": _UNPROVED,
    "certificate required": _UNPROVED,
    "unknown ca": _UNPROVED,
    "SSL connection closed by peer": "; the server may speak no TLS on this port: kafka:// is without",
}


def concerns_us(error: KafkaError) -> bool:
    """False for what a consumer hears about its group, in which it never takes part and so needs no rights."""
    return error.code() != KafkaError.GROUP_AUTHORIZATION_FAILED


def of_question(error: KafkaError) -> Exception:
    """Why something that changes nothing could not be done."""
    return _meaning(error, Unreachable)


def of_delivery(error: KafkaError) -> Exception:
    """Why a record is not known to be in the log."""
    return _meaning(error, Cut)


def _meaning(error: KafkaError, otherwise: type[Exception]) -> Exception:
    kind, advice = _MEANINGS.get(error.code(), (otherwise, ""))
    advice = next((advice for said, advice in _OF_TLS.items() if said in error.str()), advice)
    return kind(f"{error.str()} ({error.name()}){advice}")


class Complaints:
    """Hears, as `error_cb`, what the library says outside of calls: there alone is why a connection failed.

    A call that needs a connection only says that it had none in time.
    """

    def __init__(self) -> None:
        self._reason: KafkaError | None = None
        self.hopeless = False  #: whether no broker can be reached as things are

    def __call__(self, error: KafkaError) -> None:
        """Note it. That all brokers are down only sums up what was said before."""
        summary = error.code() == KafkaError._ALL_BROKERS_DOWN
        self.hopeless = self.hopeless or summary or error.code() == KafkaError._AUTHENTICATION
        self._reason = self._reason if summary and self._reason else error

    def explained(self, error: KafkaError) -> Exception:
        """Why a question was not answered: its error, or what lies behind that."""
        return of_question(self._reason if self._reason and error.code() in _SILENCES else error)


_SILENCES = (KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN)
