"""The verbs as Lua scripts: each runs on the server as one step, by the server's clock."""

from hashlib import sha1
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from linda_redis.keys import Keys
from linda_redis.server import Server


class Script:
    """One file of `lua/`, which says what it takes and what it replies."""

    def __init__(self, name: str) -> None:
        self._source = _read("shared") + _read(name)
        self._digest = sha1(self._source, usedforsecurity=False).hexdigest().encode()

    def run(self, server: Server, keys: Keys, *arguments: bytes | str | int) -> Any:
        """Run it on one queue. A server that does not know it, such as one that was restarted, learns it."""
        count = len(keys.all)
        try:
            return server.call(keys.marker, b"EVALSHA", self._digest, count, *keys.all, *arguments)
        except NoScriptError:  # nothing was done
            return server.call(keys.marker, b"EVAL", self._source, count, *keys.all, *arguments)


def _read(name: str) -> bytes:
    return files("linda_redis").joinpath("lua", f"{name}.lua").read_bytes()


PUSH = Script("push")
RESERVE = Script("reserve")
DELETE = Script("delete")
RELEASE = Script("release")
TOUCH = Script("touch")
BURY = Script("bury")
KICK = Script("kick")
PROMOTE = Script("promote")
COUNTS = Script("counts")
PEEK = Script("peek")
