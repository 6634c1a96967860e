"""Where a server of ours is reached, for what tests do beside Linda."""

from linda_core.driver import BrokerURL
from linda_nsq.admin import Admin, Web
from linda_nsq.options import Address, DirectOptions, options_of
from tests.servers.server import Server


def address_of(server: Server) -> Address:
    """That of a single nsqd."""
    url = BrokerURL.parse(server.url)
    options = options_of(url)
    assert isinstance(options, DirectOptions)
    return options.addresses(url)[0]


def admin_of(server: Server) -> Admin:
    """Its HTTP interface."""
    return Admin(Web("127.0.0.1", address_of(server).http))
