"""The cache of connections: how long it holds, what empties it, and that it stays small."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from twilio_connector.connection_store import CACHE_ENTRIES, CACHE_SECONDS, ConnectionStore, Secret
from twilio_connector.errors import ConnectionConfigError, InvalidInputError, ServiceUnavailableError
from twilio_connector.settings import ConnectionSettings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT_SID = "AC" + "0" * 32
BASIC = {"accountSid": ACCOUNT_SID, "authToken": "first"}
API_KEY = {"accountSid": ACCOUNT_SID, "apiKeySid": "SK" + "0" * 32, "apiKeySecret": "secret"}


class ResourceNotFoundException(Exception):  # noqa: N818  (boto3's name)
    pass


@dataclass
class FakeSecrets:
    """Secrets Manager's GetSecretValue over *values*; keeps the names asked for. *failure* is raised instead."""

    values: dict[str, str]
    asked: list[str] = field(default_factory=list)
    failure: Exception | None = None

    @property
    def exceptions(self) -> "FakeSecrets":
        return self

    ResourceNotFoundException = ResourceNotFoundException

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        assert VersionStage == "AWSCURRENT"
        self.asked.append(SecretId)
        if self.failure:
            raise self.failure
        if SecretId not in self.values:
            raise ResourceNotFoundException
        return {"SecretString": self.values[SecretId], "CreatedDate": datetime(2026, 3, 15, tzinfo=UTC)}


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def secrets() -> FakeSecrets:
    return FakeSecrets({"prefix/default": json.dumps(BASIC), "prefix/key": json.dumps(API_KEY)})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(secrets: FakeSecrets, clock: Clock) -> ConnectionStore:
    return ConnectionStore(cast("SecretsManagerClient", secrets), ConnectionSettings("prefix/"), clock)


def test_a_secret_is_read_once_in_five_minutes(store: ConnectionStore, secrets: FakeSecrets, clock: Clock) -> None:
    store.get("default")
    clock.now += CACHE_SECONDS - 1
    store.get("default")
    assert secrets.asked == ["prefix/default"]

    clock.now += 1
    store.get("default")
    assert secrets.asked == ["prefix/default"] * 2
    assert CACHE_SECONDS == 300


def test_refreshing_reads_again_at_once_and_forgets_the_separate_token_too(
    store: ConnectionStore, secrets: FakeSecrets
) -> None:
    secrets.values["prefix/key/auth-token"] = json.dumps({"authToken": "first"})
    stale = store.get("key")
    assert store.auth_token(stale) == "first"
    secrets.values["prefix/key"] = json.dumps(API_KEY | {"apiKeySecret": "rotated"})
    secrets.values["prefix/key/auth-token"] = json.dumps({"authToken": "second"})

    fresh = store.refresh(stale)

    assert fresh.password == "rotated"
    assert store.auth_token(fresh) == "second"


def test_the_own_token_of_a_connection_is_used_without_looking_for_another(
    store: ConnectionStore, secrets: FakeSecrets
) -> None:
    assert store.auth_token(store.get("default")) == "first"
    assert secrets.asked == ["prefix/default"]


def test_a_connection_without_any_token_has_none(store: ConnectionStore) -> None:
    assert store.auth_token(store.get("key")) is None


def test_a_token_of_another_account_is_refused(store: ConnectionStore, secrets: FakeSecrets) -> None:
    secrets.values["prefix/key/auth-token"] = json.dumps(BASIC | {"accountSid": "AC" + "f" * 32})
    with pytest.raises(ConnectionConfigError, match="accountSid"):
        store.auth_token(store.get("key"))


def test_a_name_that_does_not_exist_is_asked_for_once_and_says_which_secret_is_missing(
    store: ConnectionStore, secrets: FakeSecrets
) -> None:
    for _ in range(3):
        with pytest.raises(ConnectionConfigError, match=r"'nobody' does not exist: there is no secret 'prefix/nobody'"):
            store.get("nobody")
    assert secrets.asked == ["prefix/nobody"]


def test_no_more_names_are_remembered_than_the_cache_may_hold(store: ConnectionStore, secrets: FakeSecrets) -> None:
    names = [f"stranger{number}" for number in range(CACHE_ENTRIES + 1)]
    for name in names:
        assert store.find(name) is None
    secrets.asked.clear()

    store.find(names[-1])
    store.find(names[0])

    assert secrets.asked == [f"prefix/{names[0]}"]


@pytest.mark.parametrize("name", ["", "a b", "../default", "default/auth-token", "x" * 65, "default\n", "dëfault"])
def test_an_impossible_name_is_refused_without_asking(store: ConnectionStore, secrets: FakeSecrets, name: str) -> None:
    with pytest.raises(InvalidInputError):
        store.get(name)
    assert secrets.asked == []


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue"), "AccessDeniedException"),
        (EndpointConnectionError(endpoint_url="https://secret.example"), "EndpointConnectionError"),
    ],
)
def test_a_failing_service_is_named_by_its_code_and_not_remembered(
    store: ConnectionStore, secrets: FakeSecrets, failure: Exception, told: str
) -> None:
    secrets.failure = failure
    with pytest.raises(ServiceUnavailableError, match=f"^Secrets Manager .*: {told}.$"):
        store.get("default")

    secrets.failure = None
    assert store.get("default").account_sid == ACCOUNT_SID


def test_a_secret_does_not_print_its_text() -> None:
    assert "sentinel" not in repr(Secret("sentinel", 0.0))
