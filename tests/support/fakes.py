"""Stand-ins for AWS services, which count what is asked of them and fail on demand."""

import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from local.schemas import validate_detail
from tests.support.aws_models import judged

BUS = "bus"
TIMED_OUT = ReadTimeoutError(endpoint_url="https://aws")


def refused(code: str) -> ClientError:
    """What a call raises that the service refuses with the error *code*."""
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, "AnyOperation")


class ResourceNotFoundException(ClientError):  # noqa: N818  (the service's name)
    """What Secrets Manager says of a secret, or a version of one, that does not exist."""


@judged("secretsmanager")
class FakeSecrets:
    """Secrets Manager's GetSecretValue, by name and staging label.

    `reads` counts the calls by name and label. Each takes `seconds` of the clock; while there is a `failure`, each
    raises it. Those of the names and labels in `failing`, and as many as `timeouts` says, are not answered.
    """

    class exceptions:  # noqa: N801  (boto3's name)
        """The modelled errors of the client."""

        ResourceNotFoundException = ResourceNotFoundException

    def __init__(self, clock: "FakeClock | None" = None) -> None:
        self.reads: Counter[tuple[str, str]] = Counter()
        self.failure: Exception | None = None
        self.failing: set[tuple[str, str]] = set()
        self.timeouts = 0
        self.seconds = 0.0
        self._clock = clock or FakeClock()
        self._versions: dict[tuple[str, str], tuple[str, datetime]] = {}

    def put(self, name: str, text: str, *, stage: str = "AWSCURRENT", created: float = 0.0) -> None:
        """Give the version `stage` of the secret `name` the text, and the second of its creation."""
        self._versions[name, stage] = (text, datetime.fromtimestamp(created, UTC))

    def remove(self, name: str, stage: str = "AWSCURRENT") -> None:
        """Delete a version."""
        del self._versions[name, stage]

    def move(self, name: str, stage: str, to: str) -> None:
        """Label the version `stage` with `to` instead, which the version that had it loses."""
        self._versions[name, to] = self._versions.pop((name, stage))

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        self.reads[SecretId, VersionStage] += 1
        self._clock.now += self.seconds
        if self.failure:
            raise self.failure
        if (SecretId, VersionStage) in self.failing:
            raise TIMED_OUT
        if self.timeouts:
            self.timeouts -= 1
            raise TIMED_OUT
        if (SecretId, VersionStage) not in self._versions:
            raise ResourceNotFoundException({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        text, created = self._versions[SecretId, VersionStage]
        return {"SecretString": text, "CreatedDate": created}


@judged("sqs")
@dataclass
class FakeQueue:
    """SQS's batch calls: keeps bodies, and receipt handles with the seconds for which they are hidden.

    While there is a `failure`, every call raises it. Messages whose body is in `refused` fail alone. Each call takes
    `seconds` of the clock.
    """

    bodies: list[str] = field(default_factory=list)
    hidden: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    failure: Exception | None = None
    seconds: float = 0.0
    clock: "FakeClock | None" = None

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        self._called(QueueUrl, Entries)
        assert sum(len(entry["MessageBody"].encode()) for entry in Entries) <= 1024 * 1024
        failed = [entry for entry in Entries if entry["MessageBody"] in self.refused]
        self.bodies += [entry["MessageBody"] for entry in Entries if entry not in failed]
        return {"Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in failed]} if failed else {}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        self._called(QueueUrl, Entries)
        self.hidden |= {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in Entries}
        return {}

    def _called(self, url: str, entries: Sequence[Mapping[str, Any]]) -> None:
        assert url
        assert 1 <= len({entry["Id"] for entry in entries}) == len(entries) <= 10
        if self.clock:
            self.clock.now += self.seconds
        if self.failure:
            raise self.failure


@dataclass
class FakeClock:
    """A clock that does not move until it is set."""

    now: float = 1_773_585_130.0

    def __call__(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass
class FakeContext:
    """Lambda's context with *seconds* left."""

    seconds: float = 300.0
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's context."""
        return int(self.seconds * 1000)


@judged("events")
@dataclass
class FakeBus:
    """EventBridge's PutEvents: checks entries as the service does, keeps them, and refuses as many as *refusals* says.

    *refusals* holds, for each coming call, how many entries at its end are refused. While there is a *failure*, every
    call raises it. Each call takes *seconds* of the *clock*.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    failure: Exception | None = None
    seconds: float = 0.0
    clock: "FakeClock | None" = None

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        if self.clock:
            self.clock.now += self.seconds
        if self.failure:
            raise self.failure
        assert 1 <= len(Entries) <= 10
        sizes = [sum(len(str(entry[key]).encode()) for key in ("Source", "DetailType", "Detail")) for entry in Entries]
        assert sum(sizes) <= 256 * 1024
        refused = min(self.refusals.pop(0), len(Entries)) if self.refusals else 0
        taken = list(Entries[: len(Entries) - refused])
        for entry in taken:
            assert entry["Source"] == "twilio.connector"
            assert entry["EventBusName"] == BUS
            validate_detail(entry["DetailType"], json.loads(entry["Detail"]))
            self.entries.append(dict(entry))
        results = [{"EventId": str(uuid.uuid4())} for _ in taken]
        return {
            "FailedEntryCount": refused,
            "Entries": [*results, *({"ErrorCode": "InternalFailure"} for _ in range(refused))],
        }

    def details(self, detail_type: str) -> list[dict[str, Any]]:
        """The details of the published events of one type, in order."""
        return [json.loads(entry["Detail"]) for entry in self.entries if entry["DetailType"] == detail_type]

    def created(self) -> list[str]:
        """The SIDs in the published ``New and Updated Records``, in order."""
        details = self.details("New and Updated Records")
        return [message["sid"] for detail in details for message in detail["body"]["data"]["created"]]
