"""Records of sends: who may send under a key, and when again."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from moto import mock_aws

from twilio_connector.errors import (
    IdempotencyConflictError,
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
)
from twilio_connector.send_records import SENT_SECONDS, UNKNOWN_SECONDS, Record, SendRecords, State, fingerprint

HOLD = 900
SECONDS = 30
SID = "SM" + "0" * 32
PARAMETERS = [("To", "+15551234567"), ("From", "+15555551234"), ("Body", "Hello from Acme!")]
WANTED = fingerprint(PARAMETERS)


@dataclass
class Deployment:
    """A state table and a clock."""

    now: float = 1_773_585_130.0

    def __post_init__(self) -> None:
        self.dynamodb = boto3.client("dynamodb")
        self.dynamodb.create_table(
            TableName="state",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.records = SendRecords(self.dynamodb, "state", lambda: self.now)

    def claim(self, key: str = "key", wanted: str = WANTED, connection: str = "default") -> Record:
        return self.records.claim(connection, key, wanted, SECONDS, HOLD)

    def items(self) -> list[str]:
        return [str(item) for item in self.dynamodb.scan(TableName="state")["Items"]]


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield Deployment()


def test_a_free_key_is_claimed_by_one_send_at_a_time(deployment: Deployment) -> None:
    assert deployment.claim().state == State.SENDING
    with pytest.raises(SendInProgressError):
        deployment.claim()


def test_keys_are_scoped_by_connection(deployment: Deployment) -> None:
    deployment.claim(connection="a")
    assert deployment.claim(connection="b").state == State.SENDING


def test_a_sent_message_is_remembered_for_a_day_and_no_longer(deployment: Deployment) -> None:
    deployment.records.sent("default", "key", deployment.claim(), SID)

    deployment.now += SENT_SECONDS - 1
    assert (deployment.claim().state, deployment.claim().sid) == (State.SENT, SID)
    deployment.now += 1
    assert deployment.claim().state == State.SENDING


def test_a_key_that_was_used_for_another_request_is_a_conflict_in_every_state(deployment: Deployment) -> None:
    record = deployment.claim()
    other = fingerprint([*PARAMETERS, ("ValidityPeriod", "5")])
    with pytest.raises(IdempotencyConflictError):
        deployment.claim(wanted=other)
    deployment.records.unknown("default", "key", record)
    with pytest.raises(IdempotencyConflictError):
        deployment.claim(wanted=other)
    deployment.records.sent("default", "key", record, SID)
    with pytest.raises(IdempotencyConflictError):
        deployment.claim(wanted=other)


def test_a_released_key_is_free_at_once(deployment: Deployment) -> None:
    deployment.records.release("default", "key", deployment.claim())
    assert deployment.items() == []
    assert deployment.claim().state == State.SENDING


def test_an_unknown_outcome_holds_the_key_until_the_time_since_the_attempt_has_passed(deployment: Deployment) -> None:
    record = deployment.claim()
    deployment.now += 10
    deployment.records.unknown("default", "key", record)

    deployment.now += HOLD - 11
    with pytest.raises(OutcomeUnknownError, match="before 900 seconds"):
        deployment.claim()
    deployment.now += 1
    again = deployment.claim()
    assert (again.state, again.attempted) == (State.SENDING, int(deployment.now))


def test_a_send_that_never_ended_is_unknown_once_its_time_is_over(deployment: Deployment) -> None:
    deployment.claim()

    deployment.now += SECONDS
    with pytest.raises(SendInProgressError):
        deployment.claim()
    deployment.now += 2
    with pytest.raises(OutcomeUnknownError):
        deployment.claim()
    deployment.now += HOLD
    assert deployment.claim().state == State.SENDING


def test_who_lost_a_key_changes_nothing_any_more(deployment: Deployment) -> None:
    lost = deployment.claim()
    deployment.now += HOLD + SECONDS
    held = deployment.claim()

    deployment.records.release("default", "key", lost)
    deployment.records.unknown("default", "key", lost)
    deployment.records.sent("default", "key", lost, SID)

    deployment.records.sent("default", "key", held, "SM" + "1" * 32)
    assert deployment.claim().sid == "SM" + "1" * 32


def test_records_of_unknown_outcome_outlive_every_queue(deployment: Deployment) -> None:
    record = deployment.claim()
    deployment.records.unknown("default", "key", record)
    assert record.expiresAt == int(deployment.now) + UNKNOWN_SECONDS
    assert UNKNOWN_SECONDS > 14 * 24 * 3600


def test_a_record_holds_neither_content_nor_the_key(deployment: Deployment) -> None:
    deployment.records.sent("default", "order of +15557654321", deployment.claim("order of +15557654321"), SID)
    (item,) = deployment.items()
    assert SID in item
    for private in ("1234567", "7654321", "5551234", "Hello", "order"):
        assert private not in item


def test_equal_requests_have_equal_fingerprints_and_others_do_not() -> None:
    assert fingerprint(list(PARAMETERS)) == WANTED
    assert fingerprint(PARAMETERS[:2]) != WANTED
    assert fingerprint([("To", "a"), ("From", "b")]) != fingerprint([("To", "b"), ("From", "a")])


def test_a_failing_table_is_an_error_of_the_service(deployment: Deployment) -> None:
    deployment.dynamodb.delete_table(TableName="state")
    with pytest.raises(ServiceUnavailableError, match=r"^DynamoDB refused the request: ResourceNotFoundException.$"):
        deployment.claim()
