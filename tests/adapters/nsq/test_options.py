"""What a URL may say about NSQ, and how clearly one that cannot be meant is refused."""

import pytest

from linda_core import InvalidURL
from linda_core.driver import BrokerURL
from linda_nsq.options import Address, DirectOptions, LookupOptions, options_of


def addresses(text: str) -> list[Address]:
    url = BrokerURL.parse(text)
    options = options_of(url)
    assert isinstance(options, DirectOptions)
    return list(options.addresses(url))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("nsq://", [("localhost", 4150, 4151)]),
        ("nsq://one", [("one", 4150, 4151)]),
        ("nsq://one:5150,two?http=5151", [("one", 5150, 5151), ("two", 4150, 5151)]),
        ("nsq://one,two?http=1,2", [("one", 4150, 1), ("two", 4150, 2)]),
        ("nsq://[::1]:4150?https=4152", [("::1", 4150, 4152)]),
    ],
)
def test_where_each_server_is(url: str, expected: list[tuple[str, int, int]]) -> None:
    assert addresses(url) == expected


def test_where_each_nsqlookupd_is() -> None:
    url = BrokerURL.parse("nsq+lookupd://one:5161,two")
    options = options_of(url)

    assert isinstance(options, LookupOptions)
    assert options.lookups(url) == [("one", 5161), ("two", 4161)]


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("nsq://host?htttp=1", "did you mean 'http'"),
        ("nsq://host?http=nowhere", "http"),
        ("nsq://host?http=0", "http"),
        ("nsq://host?http=1,2", "http has 2 ports for 1 hosts"),
        ("nsq://one,two,three?https=1,2", "https has 2 ports for 3 hosts"),
        ("nsq://host?timeout=0", "timeout=0 is not a number of seconds above 0"),
        ("nsq://host?connect_timeout=nan", "connect_timeout=nan"),
        ("nsq://host?heartbeat=0.5", "heartbeat=0.5 is not a number of seconds from 1 to 60"),
        ("nsq://host?ca=file", "ca has a meaning only with tls=true"),
        ("nsq://host?tls=true&cert_key=file", "cert=FILE"),
        ("nsq://host/0", "leave it out"),
        ("nsq://somebody:hush@host", r"write nsq://:secret@host"),
        ("nsq+lookupd://host?http=4151", "unknown option 'http'"),
        ("nsq+lookupd://host?https=1,2", "give one"),
    ],
)
def test_what_cannot_be_meant(url: str, named: str) -> None:
    with pytest.raises(InvalidURL, match=named) as refusal:
        options_of(BrokerURL.parse(url))
    assert "hush" not in str(refusal.value)
