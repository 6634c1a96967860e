"""A broker URL: parsed once, its options typed, its secrets never shown."""

import dataclasses
import difflib
import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, unquote

from linda_core.errors import InvalidURL

Options = TypeVar("Options")

MASK = "***"
_SECRET = re.compile(r"pass|pwd|secret|token|credential|key|auth|jaas", re.IGNORECASE)
_SHAPE = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9.+-]*)://"
    r"(?:(?P<userinfo>[^/?#]*)@)?(?P<hosts>[^/?#@]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?"
)


class Host(tuple[str, int | None]):
    """A host and, where given, its port."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return self[0]

    @property
    def port(self) -> int | None:
        return self[1]


@dataclasses.dataclass(frozen=True, slots=True)
class BrokerURL:
    """`scheme://user:password@host:port,host2:port/path?option=value`; every part but the scheme may be absent."""

    scheme: str
    username: str | None
    password: str | None
    hosts: tuple[Host, ...]
    path: str  #: decoded, with its leading slash; "" when absent
    options: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "BrokerURL":
        """Raises InvalidURL, without showing secrets, for what is not such a URL."""
        match = _SHAPE.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None:
            raise InvalidURL(
                f"{_masked(text)} is not a broker URL; write scheme://host:port/path?option=value, "
                "such as redis://localhost:6379/0 or sqlite:///linda.db"
            )
        if match["hosts"] and "@" in f"{match['path']}{match['query']}":
            raise InvalidURL(
                f"{_masked(text)} has an '@' behind its host; if it belongs to the path or an option, write %40; "
                "in a password write %2F for / and %3F for ?"
            )
        username, _, password = (match["userinfo"] or "").partition(":")
        return cls(
            scheme=match["scheme"].lower(),
            username=unquote(username) or None,
            password=unquote(password) or None,
            hosts=tuple(_host(part, text) for part in match["hosts"].split(",") if part),
            path=unquote(match["path"] or ""),
            options=_options(match["query"] or "", text),
        )

    @property
    def host(self) -> str | None:
        """The first host, or None."""
        return self.hosts[0].name if self.hosts else None

    @property
    def port(self) -> int | None:
        """The first host's port, or None."""
        return self.hosts[0].port if self.hosts else None

    def options_as(self, kind: type[Options]) -> Options:
        """The options as an instance of the dataclass `kind`, converted to its field types.

        Raises InvalidURL for an option the dataclass has no field for, or a value of the wrong type: a typo
        must not silently mean the default.
        """
        hints = get_type_hints(kind)
        for name in self.options:
            if name not in hints:
                raise InvalidURL(f"{self}: unknown option {name!r}{_suggestion(name, sorted(hints))}")
        return kind(**{name: self._converted(name, value, hints[name]) for name, value in self.options.items()})

    def _converted(self, name: str, value: str, hint: object) -> object:
        try:
            return _convert(value, hint)
        except ValueError as error:
            shown = MASK if _SECRET.search(name) else repr(value)
            raise InvalidURL(f"{self}: option {name}={shown} {error}") from None

    def __str__(self) -> str:
        """The URL with credentials masked: the only form that may be shown."""
        return self._rendered(
            password=None if self.password is None else MASK,
            options={name: MASK if _SECRET.search(name) else value for name, value in self.options.items()},
        )

    __repr__ = __str__

    def _rendered(self, password: str | None, options: Mapping[str, str]) -> str:
        user = self.username or ""
        login = f"{user}:{password}@" if password is not None else f"{user}@" if user else ""
        hosts = ",".join(_shown(host) for host in self.hosts)
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"{self.scheme}://{login}{hosts}{self.path}{'?' + query if query else ''}"


def _host(part: str, text: str) -> Host:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?", part)
    port = int(match[2]) if match and match[2] else None
    if match is None or (port is not None and not 0 < port < 65536):
        raise InvalidURL(f"{_masked(text)}: each host must be a name or name:port with a port from 1 to 65535")
    return Host((unquote(match[1].strip("[]")), port))


def _shown(host: Host) -> str:
    name = f"[{host.name}]" if ":" in host.name else host.name
    return name if host.port is None else f"{name}:{host.port}"


def _options(query: str, text: str) -> Mapping[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in options:
            raise InvalidURL(f"{_masked(text)}: option {name!r} is given twice")
        options[name] = value
    return types.MappingProxyType(options)


def _masked(text: object) -> str:
    """What was given instead of a URL, without all that may be a secret in the wrong place."""
    if not isinstance(text, str):
        return f"a {type(text).__name__}"
    scheme, rest = re.fullmatch(r"([A-Za-z][A-Za-z0-9.+-]*:/*)?(.*)", text, re.DOTALL).groups("")  # type: ignore[union-attr]
    login, at, rest = rest.rpartition("@")
    rest = re.sub(r":(?!\d{1,5}([/?,]|$))[^/?,]*", f":{MASK}", rest)  # not a port: a password without its host?
    rest = re.sub(r"=[^&]*", f"={MASK}", rest)
    return repr(f"{scheme}{MASK if login else ''}{at}{rest}")


def _suggestion(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; it knows {', '.join(known)}" if known else "; it takes none"


def _convert(value: str, hint: object) -> object:
    if get_origin(hint) is types.UnionType:
        hint = next(kind for kind in get_args(hint) if kind is not types.NoneType)
    if hint is bool:
        return _boolean(value)
    if get_args(hint):  # Literal["a", "b"]
        return _choice(value, [str(choice) for choice in get_args(hint)])
    convert: Callable[[str], Any] = hint  # type: ignore[assignment]
    try:
        return convert(value)
    except ValueError:
        raise ValueError(f"is not {getattr(hint, '__name__', hint)}") from None


def _boolean(value: str) -> bool:
    word = value.lower()
    if word not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ValueError("is neither true nor false")
    return word in ("1", "true", "yes", "on")


def _choice(value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise ValueError(f"is none of {', '.join(choices)}")
    return value
