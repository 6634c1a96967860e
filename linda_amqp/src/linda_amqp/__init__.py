"""Linda's broker for RabbitMQ. What it promises and where it ends is in `linda_amqp.driver`."""

from linda_amqp.driver import AmqpDriver

__all__ = ["AmqpDriver"]
