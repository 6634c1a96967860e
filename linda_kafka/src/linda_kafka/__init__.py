"""Linda's broker for Kafka. What it promises and where it ends is in `linda_kafka.driver`."""
