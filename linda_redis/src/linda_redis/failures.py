"""What went wrong, by class: redis-py has one class for a refused connection and for an answer that never came."""

import re

from redis import exceptions


class Unreachable(exceptions.RedisError):
    """There is no connection to be had: nothing was sent."""


class Cut(exceptions.RedisError):
    """The connection broke before the answer came: the server may have acted or not."""


class Silent(Cut):
    """The server did not answer in time; asking again at once would only double the time."""


class Refused(exceptions.RedisError):
    """The server answered that it cannot do this now: nothing was done."""


#: What to do about an answer that starts with a code, or names it after the script that met it.
_ADVICE = {
    "OOM": "it is out of memory; raise its maxmemory, or let workers take jobs from it",
    "MISCONF": "it cannot write to its disk and so accepts no changes; see its log",
    "READONLY": "it is a replica; connect to the primary, best through redis+sentinel:// or redis+cluster://",
    "NOREPLICAS": "it has fewer replicas in reach than its min-replicas-to-write asks for",
    "LOADING": "it is still loading its data",
    "BUSY": "it is busy with a script of somebody else's",
    "MASTERDOWN": "it is a replica that has lost its primary",
    "CLUSTERDOWN": "the cluster is down or does not serve all slots",
    "TRYAGAIN": "the cluster is moving this queue to another node",
    "UNBLOCKED": "it has become a replica",
}

# redis-py removes the code where it has a class for it.
_CODES: dict[type[BaseException], str] = {
    exceptions.OutOfMemoryError: "OOM",
    exceptions.ReadOnlyError: "READONLY",
    exceptions.BusyLoadingError: "LOADING",
    exceptions.MasterDownError: "MASTERDOWN",
    exceptions.ClusterDownError: "CLUSTERDOWN",
    exceptions.TryAgainError: "TRYAGAIN",
    exceptions.AskError: "TRYAGAIN",
}

# Redis 6.2 wraps what a script met: "ERR Error running script (…): @user_script:38: -OOM command not allowed …".
_CODE = re.compile(r"(?:^|[ -])(" + "|".join(_ADVICE) + ") ")


def meaning(error: BaseException) -> BaseException:
    """What an error in the middle of a call amounts to: Cut, Silent, Refused, or just itself."""
    if type(error) is exceptions.TimeoutError:
        return Silent(f"no answer in time: {error}")
    if type(error) is exceptions.ConnectionError:
        return Cut(f"no answer: {error}")
    code = _CODES.get(type(error))
    if type(error) is exceptions.ResponseError and (found := _CODE.search(str(error))):
        code = found[1]
    return error if code is None else Refused(f"the server refuses: {_ADVICE[code]} ({code} {error})")
