"""What is measured where there is nothing to measure."""

from linda_core.broker import Broker
from linda_core.cli.measurements import Bench


def test_no_time_gives_no_figures_and_no_error() -> None:
    with Broker("memory://measurements") as broker:
        figures = list(Bench(broker, broker, "q", jobs=10, seconds=0).figures())

        assert {figure.value for figure in figures} == {0.0}
        assert {figure.unit for figure in figures} == {"jobs/s"}
        assert broker.queues() == []


def test_an_empty_queue_has_no_rate() -> None:
    with Broker("memory://measurements") as broker:
        bench = Bench(broker, broker, "q", jobs=10, seconds=5)

        assert bench._rate("pop", bench._drain_one).value == 0.0
        assert bench._rate("pop", bench._drain_many).value == 0.0
