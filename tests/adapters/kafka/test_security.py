"""Who is let in, and how it is told why not: TLS, SASL, and the rights to a ledger's topics."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from linda_core import Broker, BrokerError, BrokerUnavailable, InvalidURL, Job, new_broker
from tests.servers.certificates import Identity, self_signed, signed
from tests.servers.kafka import KafkaServer, kafka
from tests.servers.kafka_settings import PASSWORD, USER
from tests.servers.locate import Kind, provide_private
from tests.servers.server import Server, ServerUnavailable
from tests.servers.waiting import wait_until

#: What Linda needs for its topics, as docs/kafka.md says.
RIGHTS = ("DESCRIBE", "DESCRIBE_CONFIGS", "READ", "WRITE", "DELETE")


def only_here(kind: Kind) -> KafkaServer:
    try:
        server = provide_private(kind)
    except ServerUnavailable as reason:
        pytest.skip(str(reason))
    assert isinstance(server, KafkaServer), "no image is made for this"
    return server


@pytest.fixture(scope="module")
def secured() -> Iterator[KafkaServer]:
    """With TLS, and it asks for our certificate."""
    with only_here(kafka("SSL", ssl__client__auth="required")) as server:
        yield server


@pytest.fixture(scope="module")
def guarded() -> Iterator[KafkaServer]:
    """With TLS and passwords; nobody may do what no ACL allows."""
    with only_here(kafka("SASL_SSL", allow__everyone__if__no__acl__found="false")) as server:
        yield server


@pytest.fixture(scope="module")
def client(secured: KafkaServer) -> Identity:
    return signed(Identity(secured.folder / "server.crt", secured.folder / "server.key"), secured.folder, "client")


@pytest.fixture
def allow(guarded: KafkaServer, ledger: str) -> Callable[[Sequence[str]], None]:
    """Gives the user rights to the ledger's topics."""
    admin = AdminClient({"bootstrap.servers": guarded.operator})

    def allow(rights: Sequence[str]) -> None:
        for right in rights:
            given = AclBinding(
                ResourceType.TOPIC,
                ledger,
                ResourcePatternType.PREFIXED,
                f"User:{USER}",
                "*",
                AclOperation[right],
                AclPermissionType.ALLOW,
            )
            for outcome in admin.create_acls([given]).values():
                outcome.result(10)

    return allow


def of_client(identity: Identity) -> str:
    return f"cert={identity.certificate}&cert_key={identity.key}"


def trusting(server: KafkaServer, ledger: str) -> str:
    return f"{server.url}/{ledger}?ca={server.folder / 'server.crt'}"


def serves(broker: Broker) -> None:
    broker.push(Job("Large", ["x" * 500_000]), "q")
    broker.later(0.1, Job("Late"), "q")
    names = []
    for _ in range(2):
        job = broker.pop("q", 60, wait=10)
        assert job is not None
        names.append(job.name)
        broker.delete("q", job)
    assert names == ["Large", "Late"]


def test_both_sides_prove_who_they_are(secured: KafkaServer, ledger: str, client: Identity) -> None:
    with new_broker(f"{trusting(secured, ledger)}&{of_client(client)}") as broker:
        serves(broker)


def test_certificate_and_key_in_one_file(secured: KafkaServer, ledger: str, client: Identity, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(client.certificate.read_bytes() + client.key.read_bytes())

    with new_broker(f"{trusting(secured, ledger)}&cert={both}") as broker:
        serves(broker)


def test_a_server_whose_signer_is_unknown(secured: KafkaServer, client: Identity) -> None:
    with pytest.raises(BrokerUnavailable, match=r"certificate verify failed.*ca=FILE"):
        new_broker(f"{secured.url}?{of_client(client)}")


def test_a_server_whose_certificate_names_another(secured: KafkaServer, ledger: str, client: Identity) -> None:
    url = f"{trusting(secured, ledger)}&{of_client(client)}".replace("127.0.0.1", "localhost")

    with pytest.raises(BrokerUnavailable, match="certificate verify failed"):
        new_broker(url)


def test_a_server_that_need_not_prove_who_it_is(secured: KafkaServer, ledger: str, client: Identity) -> None:
    with new_broker(f"{secured.url}/{ledger}?verify=false&{of_client(client)}") as broker:
        serves(broker)


def test_a_client_without_a_certificate(secured: KafkaServer, ledger: str) -> None:
    with pytest.raises(BrokerUnavailable, match="cert=FILE"):
        new_broker(trusting(secured, ledger))


def test_a_port_without_tls(kafka_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match="kafka:// is without"):
        new_broker(kafka_server.url.replace("kafka:", "kafkas:"))


def test_a_port_that_has_nothing_but_tls(secured: KafkaServer) -> None:
    with pytest.raises(BrokerUnavailable, match="kafkas://"):
        new_broker(secured.url.replace("kafkas:", "kafka:"))


@pytest.mark.parametrize("options", ["ca=/nowhere", "cert=/nowhere", "ca={key}", "cert={key}"])
def test_files_that_cannot_be_used(tmp_path: Path, options: str) -> None:
    key = self_signed(tmp_path, "any").key

    with pytest.raises(InvalidURL, match=r"ssl\."):
        new_broker(f"kafkas://127.0.0.1:1?{options.format(key=key)}")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
@pytest.mark.usefixtures("allow")
def test_a_password_is_proved(
    guarded: KafkaServer, ledger: str, mechanism: str, allow: Callable[[Sequence[str]], None]
) -> None:
    allow([*RIGHTS, "CREATE"])

    with new_broker(f"{trusting(guarded, ledger)}&sasl={mechanism}") as broker:
        serves(broker)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_a_wrong_password_is_refused_without_showing_it(guarded: KafkaServer, ledger: str, mechanism: str) -> None:
    url = trusting(guarded, ledger).replace(PASSWORD, "wrong-one")

    with pytest.raises(BrokerUnavailable, match="check user, password and sasl=… in the URL") as refused:
        new_broker(f"{url}&sasl={mechanism}")
    assert "wrong-one" not in str(refused.value)


def test_a_mechanism_that_the_server_has_not(guarded: KafkaServer, ledger: str) -> None:
    with pytest.raises(BrokerUnavailable, match="mechanisms: PLAIN,SCRAM-SHA-256"):
        new_broker(f"{trusting(guarded, ledger)}&sasl=SCRAM-SHA-512")


def test_without_rights_it_is_said_which_ones_are_needed(guarded: KafkaServer, ledger: str) -> None:
    with pytest.raises(BrokerError, match=r"AUTHORIZATION_FAILED.*Describe, DescribeConfigs, Read, Write and Delete"):
        new_broker(trusting(guarded, ledger))
    with pytest.raises(BrokerError, match="TOPIC_AUTHORIZATION_FAILED"):
        new_broker(trusting(guarded, ledger))


def test_topics_that_others_made_need_no_right_to_make_them(
    guarded: KafkaServer, ledger: str, allow: Callable[[Sequence[str]], None]
) -> None:
    new_broker(f"kafka://{guarded.operator}/{ledger}").close()
    allow(RIGHTS)

    with new_broker(trusting(guarded, ledger)) as broker:
        serves(broker)


def test_who_may_not_make_topics_is_told_so(
    guarded: KafkaServer, ledger: str, allow: Callable[[Sequence[str]], None]
) -> None:
    allow(RIGHTS)

    with pytest.raises(BrokerError, match=rf"cannot make topic '{ledger}'.*Create them"):
        new_broker(trusting(guarded, ledger))


@pytest.mark.parametrize("missing", ["WRITE", "READ"])
def test_who_has_not_all_rights_is_told_so_by_the_call_until_they_are_given(
    guarded: KafkaServer, ledger: str, allow: Callable[[Sequence[str]], None], missing: str
) -> None:
    new_broker(f"kafka://{guarded.operator}/{ledger}").close()
    allow([right for right in RIGHTS if right != missing])

    with new_broker(trusting(guarded, ledger)) as broker:
        for _ in range(2):
            started = time.monotonic()
            with pytest.raises(BrokerError, match=r"AUTHORIZATION_FAILED.*Read, Write"):
                pushed_and_taken(broker)
            assert time.monotonic() - started < 5

        allow([missing])
        assert wait_until(lambda: is_served(broker), patience=10)


def pushed_and_taken(broker: Broker) -> bool:
    broker.push(Job("Hello"), "q")
    return broker.pop("q", 30) is not None


def is_served(broker: Broker) -> bool:
    try:
        return pushed_and_taken(broker)
    except BrokerError:
        return False
