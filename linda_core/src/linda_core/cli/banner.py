"""What `linda run` says before it starts: what was chosen, and what will not work."""

from linda_core.app import Linda
from linda_core.broker import Broker
from linda_core.capabilities import Durability
from linda_core.driver import ABILITIES, Promotes
from linda_core.errors import LindaError
from linda_core.url import BrokerURL


def text(app: Linda) -> str:
    """Some lines. A broker that cannot be reached yet is no reason not to start."""
    settings = app.settings
    try:
        broker = _broker_lines(app.get_broker())
    except LindaError as error:
        if not error.transient:
            raise
        broker = [f"broker    {BrokerURL.parse(settings.connection)}", f"          not reached yet: {error}"]
    lines = [
        "Linda",
        *broker,
        f"queues    {', '.join(settings.queues)}",
        f"slots     {settings.processes} x {settings.concurrency}, lease {settings.timeout:g} s, renewed",
        f"handlers  {', '.join(app.handlers.names) or 'none: every job will be buried'}",
    ]
    return "\n".join(lines)


def _broker_lines(broker: Broker) -> list[str]:
    missing = [ability.__name__ for ability in ABILITIES if not broker.supports(ability) and ability is not Promotes]
    warnings = [f"has no {', '.join(missing)}"] if missing else []
    if broker.capabilities.durability is Durability.NONE:
        warnings.append("keeps jobs in memory only: they end with it")
    elif broker.capabilities.durability is Durability.RESTART:
        warnings.append("may lose jobs when it crashes")
    return [f"broker    {broker.url} ({broker.server})", *(f"          {warning}" for warning in warnings)]
