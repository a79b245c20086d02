"""The cache of connections: how long it holds, what empties it, and that it stays small."""

import json
from typing import TYPE_CHECKING, cast

import pytest

from tests.support.fakes import TIMED_OUT, FakeClock, FakeSecrets
from tests.support.secret_answers import MARKED_FOR_DELETION, NO_VALUE, answer
from twilio_connector.connections.secret_cache import ABSENT_ENTRIES, CACHE_SECONDS, MALFORMED_SECONDS, SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import ConnectionConfigError, InvalidInputError, ServiceUnavailableError
from twilio_connector.settings import ConnectionSettings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT_SID = "AC" + "0" * 32
BASIC = {"accountSid": ACCOUNT_SID, "authToken": "first"}
API_KEY = {"accountSid": ACCOUNT_SID, "apiKeySid": "SK" + "0" * 32, "apiKeySecret": "secret"}


def asked(secrets: FakeSecrets) -> dict[str, int]:
    """How often each secret was read."""
    return {name: times for (name, _), times in secrets.reads.items()}


@pytest.fixture
def secrets() -> FakeSecrets:
    secrets = FakeSecrets()
    secrets.put("prefix/default", json.dumps(BASIC))
    secrets.put("prefix/key", json.dumps(API_KEY))
    return secrets


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(secrets: FakeSecrets, clock: FakeClock) -> ConnectionStore:
    cache = SecretCache(cast("SecretsManagerClient", secrets), "prefix/", clock)
    return ConnectionStore(cache, ConnectionSettings("prefix/"))


def test_a_secret_is_read_once_in_five_minutes(store: ConnectionStore, secrets: FakeSecrets, clock: FakeClock) -> None:
    store.get("default")
    clock.now += CACHE_SECONDS - 1
    store.get("default")
    assert asked(secrets) == {"prefix/default": 1}

    clock.now += 1
    store.get("default")
    assert asked(secrets) == {"prefix/default": 2}
    assert CACHE_SECONDS == 300


def test_the_own_token_of_a_connection_is_used_without_looking_for_another(
    store: ConnectionStore, secrets: FakeSecrets
) -> None:
    assert store.auth_token(store.get("default")) == "first"
    assert asked(secrets) == {"prefix/default": 1}


def test_a_connection_without_any_token_has_none(store: ConnectionStore) -> None:
    assert store.auth_token(store.get("key")) is None


def test_a_token_of_another_account_is_refused(store: ConnectionStore, secrets: FakeSecrets) -> None:
    secrets.put("prefix/key/auth-token", json.dumps(BASIC | {"accountSid": "AC" + "f" * 32}))
    with pytest.raises(ConnectionConfigError, match="accountSid"):
        store.auth_token(store.get("key"))


def test_a_name_that_does_not_exist_is_asked_for_once_and_says_which_secret_is_missing(
    store: ConnectionStore, secrets: FakeSecrets
) -> None:
    for _ in range(3):
        with pytest.raises(ConnectionConfigError, match=r"'nobody' does not exist: there is no secret 'prefix/nobody'"):
            store.get("nobody")
    assert asked(secrets) == {"prefix/nobody": 1}


def test_no_more_names_are_remembered_than_the_cache_may_hold(store: ConnectionStore, secrets: FakeSecrets) -> None:
    names = [f"stranger{number}" for number in range(ABSENT_ENTRIES + 1)]
    for name in names:
        assert store.find(name) is None
    secrets.reads.clear()

    store.find(names[-1])
    store.find(names[0])

    assert asked(secrets) == {f"prefix/{names[0]}": 1}


def test_names_that_do_not_exist_push_out_none_that_does(store: ConnectionStore, secrets: FakeSecrets) -> None:
    store.get("default")
    for number in range(2 * ABSENT_ENTRIES):
        store.find(f"stranger{number}")
    store.get("default")
    assert asked(secrets)["prefix/default"] == 1


def test_a_malformed_secret_is_soon_read_again(store: ConnectionStore, secrets: FakeSecrets, clock: FakeClock) -> None:
    secrets.put("prefix/default", "{")
    for seconds in (0, MALFORMED_SECONDS - 1):
        clock.now += seconds
        with pytest.raises(ConnectionConfigError):
            store.get("default")
    secrets.put("prefix/default", json.dumps(BASIC))
    clock.now += 1
    assert store.get("default").account_sid == ACCOUNT_SID
    assert asked(secrets) == {"prefix/default": 2}


def test_a_malformed_auth_token_is_soon_read_again(
    store: ConnectionStore, secrets: FakeSecrets, clock: FakeClock
) -> None:
    secrets.put("prefix/default", json.dumps(API_KEY))
    secrets.put("prefix/default/auth-token", "{bad")
    connection = store.get("default")
    with pytest.raises(ConnectionConfigError, match="not JSON"):
        store.auth_token(connection)
    secrets.put("prefix/default/auth-token", json.dumps({"authToken": "mended"}))
    clock.now += MALFORMED_SECONDS
    assert store.auth_token(connection) == "mended"


@pytest.mark.parametrize(
    "flaw", [answer("InvalidRequestException", MARKED_FOR_DELETION), answer("ResourceNotFoundException", NO_VALUE)]
)
def test_a_secret_that_its_owner_must_mend_is_soon_read_again_and_not_sooner(
    store: ConnectionStore, secrets: FakeSecrets, clock: FakeClock, flaw: Exception
) -> None:
    secrets.failure = flaw
    for seconds in (0, MALFORMED_SECONDS - 1):
        clock.now += seconds
        with pytest.raises(ConnectionConfigError, match="'prefix/default'"):
            store.get("default")
    secrets.failure = None
    clock.now += 1
    assert store.get("default").account_sid == ACCOUNT_SID
    assert asked(secrets) == {"prefix/default": 2}


def test_a_secret_that_is_being_deleted_is_not_there_for_who_only_looks(
    store: ConnectionStore, secrets: FakeSecrets
) -> None:
    connection = store.get("key")
    assert not store.is_deleted("key")
    secrets.failure = answer("InvalidRequestException", MARKED_FOR_DELETION)
    assert store.find("default") is None
    assert store.is_deleted("default")
    assert store.auth_token(connection) is None


@pytest.mark.parametrize("name", ["", "a b", "../default", "default/auth-token", "x" * 65, "default\n", "dëfault"])
def test_an_impossible_name_is_refused_without_asking(store: ConnectionStore, secrets: FakeSecrets, name: str) -> None:
    with pytest.raises(InvalidInputError):
        store.get(name)
    assert asked(secrets) == {}


def test_a_service_that_does_not_answer_is_told_and_not_remembered(
    store: ConnectionStore, secrets: FakeSecrets
) -> None:
    secrets.failure = TIMED_OUT
    with pytest.raises(ServiceUnavailableError, match=r"^Secrets Manager could not be reached: ReadTimeoutError\.$"):
        store.get("default")

    secrets.failure = None
    assert store.get("default").account_sid == ACCOUNT_SID
