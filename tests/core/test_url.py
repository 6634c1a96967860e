"""A broker URL is understood once, and never shows a secret."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linda_core.broker import Broker, new_broker
from linda_core.errors import InvalidURL, LindaError
from linda_core.job import Job
from linda_core.registry import register_broker
from linda_core.url import BrokerURL, Host
from tests.core.drivers import Watched

SECRET = "hunter2/?#:@=&ä"
NAMES = [
    "password",
    "sasl_password",
    "SASL.PASSWORD",
    "pwd",
    "auth_secret",
    "token",
    "api_key",
    "credentials",
    "sasl_jaas_config",
]


@dataclass(frozen=True)
class Options:
    name: str = ""
    timeout: float = 5.0
    retries: int | None = None
    tls: bool = False
    level: Literal["low", "high"] = "low"
    password_attempts: int = 3


def test_every_part_is_understood() -> None:
    url = BrokerURL.parse(" Redis+Cluster://me:pa%3Ass@one:1,two,[::1]:3/a%2Fb/c?timeout=1.5&name=x%20y ")

    assert (url.scheme, url.username, url.password) == ("redis+cluster", "me", "pa:ss")
    assert url.hosts == (Host(("one", 1)), Host(("two", None)), Host(("::1", 3)))
    assert (url.host, url.port, url.path) == ("one", 1, "/a/b/c")
    assert dict(url.options) == {"timeout": "1.5", "name": "x y"}


def test_every_part_but_the_scheme_may_be_absent() -> None:
    url = BrokerURL.parse("memory://")

    assert (url.username, url.password, url.hosts, url.host, url.port, url.path) == (None, None, (), None, None, "")
    assert str(url) == "memory://"


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///relative.db",
        "sqlite:////absolute.db",
        "sqlite:///a@b.db",
        "redis://[::1]:6379/0",
        "redis://me@h",
        "a://h?x=1&y=",
    ],
)
def test_without_secrets_what_is_shown_is_what_was_given(text: str) -> None:
    assert str(BrokerURL.parse(text)) == repr(BrokerURL.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "redis", "redis:", "redis:/h", "localhost:6379", "//h", "1x://h", "a://h#x", None, b"a://h"]
)
def test_what_is_no_url_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidURL, match=r"is not a broker URL; write scheme://host:port"):
        BrokerURL.parse(text)


@pytest.mark.parametrize("hosts", ["h:0", "h:65536", "h:x", ":1", "h:1:2", "[::1", "::1", "h:123456"])
def test_a_bad_host_or_port_is_refused(hosts: str) -> None:
    with pytest.raises(InvalidURL, match="port from 1 to 65535"):
        BrokerURL.parse(f"redis://{hosts}/0")


def test_an_option_given_twice_is_refused() -> None:
    with pytest.raises(InvalidURL, match="'timeout' is given twice"):
        BrokerURL.parse("a://h?timeout=1&timeout=2")


def test_options_get_the_types_of_their_fields() -> None:
    url = BrokerURL.parse("a://h?name=x&timeout=2&retries=3&tls=On&level=high")

    assert url.options_as(Options) == Options("x", 2.0, 3, tls=True, level="high")
    assert BrokerURL.parse("a://h?tls=no").options_as(Options) == Options()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("timeot=1", "unknown option 'timeot'; did you mean 'timeout'"),
        ("zzz=1", "unknown option 'zzz'; it knows level, name"),
        ("timeout=soon", "option timeout='soon' is not float"),
        ("retries=1.5", "option retries='1.5' is not int"),
        ("tls=maybe", "option tls='maybe' is neither true nor false"),
        ("level=middle", "option level='middle' is none of low, high"),
    ],
)
def test_a_wrong_option_is_named_with_the_way_out(query: str, message: str) -> None:
    with pytest.raises(InvalidURL, match=message):
        BrokerURL.parse(f"a://h?{query}").options_as(Options)


def test_a_broker_without_options_says_so() -> None:
    @dataclass
    class Nothing:
        pass

    with pytest.raises(InvalidURL, match="it takes none"):
        BrokerURL.parse("a://h?x=1").options_as(Nothing)


@given(st.text(min_size=1))
def test_any_password_survives_quoting_and_is_masked(password: str) -> None:
    url = BrokerURL.parse(f"redis://me:{quote('x' + password, safe='', errors='surrogatepass')}@h/0")

    assert str(url) == repr(url) == "redis://me:***@h/0"
    assert url.password is not None


@pytest.mark.parametrize("name", NAMES)
def test_secret_options_are_masked_and_kept(name: str) -> None:
    url = BrokerURL.parse(f"kafka://h?{name}={quote(SECRET, safe='')}&x=1")

    assert str(url) == f"kafka://h?{name}=***&x=1"
    assert url.options[name] == SECRET


@pytest.mark.parametrize(
    "text",
    [
        "redis://me:hunt/er2@h",  # each of these passwords should have been quoted
        "redis://me:hunt?er2@h",
        "redis://me:1?x=hunter2@h",
        "redis://me:hunt#er2@h",
        "redis://me:hunter2\n@h:x",
        "redis://me:hunter2",  # no host
        "redis://:hunter2@h:99999",
        "redis:/me:hunter2@h",
        "me:hunter2@h",
        "kafka://h:x?sasl_password=hunter2",
        "kafka://h?password=hunter2&password=hunter2",
        "kafka://h?password=hunter2&timeout=x",
        "kafka://h?password_attempts=hunter2",
        "kafka://me:hunter2@h?unknown=1",
    ],
)
def test_no_complaint_about_a_url_shows_its_secret(text: str) -> None:
    with pytest.raises(InvalidURL) as caught:
        BrokerURL.parse(text).options_as(Options)

    assert "hunter2" not in _everything_said(caught.value)
    assert "er2" not in str(caught.value)


@given(st.text())
def test_any_text_is_a_url_or_an_invalid_url(text: str) -> None:
    try:
        url = BrokerURL.parse(text)
    except InvalidURL:
        return
    assert str(url).startswith(f"{url.scheme}://")


@given(st.text(), st.text(alphabet="@:/?#=&%[],h1"))
def test_whatever_stands_between_colon_and_at_is_not_shown(before: str, after: str) -> None:
    try:
        shown = str(BrokerURL.parse(f"redis://me:hunter2{before}@{after}"))
    except InvalidURL as error:
        shown = _everything_said(error)
    assert "hunter2" not in shown


def test_no_error_or_picture_of_a_broker_shows_a_secret() -> None:
    register_broker("watched", Watched)

    with pytest.raises(LindaError) as refused:
        new_broker("watched://me:hunter2@nowhere?sasl_password=hunter2")
    broker = Broker("watched://me:hunter2@?sasl_password=hunter2")
    broker._link.driver.broken.add("push")  # type: ignore[union-attr]
    with pytest.raises(LindaError) as lost:
        broker.push(Job("count"), "a")
    broker.close()
    with pytest.raises(LindaError) as closed:
        broker.push(Job("count"), "a")

    said = [_everything_said(error.value) for error in (refused, lost, closed)]
    assert all("me:***@" in words and "hunter2" not in words for words in said)
    assert "hunter2" not in f"{broker!r}{broker.url}{broker.url!r}"


def _everything_said(error: BaseException) -> str:
    causes = (error.__cause__, None if error.__suppress_context__ else error.__context__)
    return f"{error}{error!r}" + "".join(_everything_said(cause) for cause in causes if cause)
