"""State that earlier versions of the connector have left in DynamoDB, and the Twilio account that it is about.

Each version that was released has a file in `states/`, which `record_state.py` wrote by running its functions; nothing
in one is made by hand. Times in it are around NOW, at which the functions ran.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import pytest
from moto import mock_aws

from local.sam import PROJECT_ROOT
from local.twilio_sandbox import Message, TwilioSandbox
from tests.support.fakes import FakeClock
from tests.support.moto_clients import moto_client
from tests.support.world import REGION, TABLE, World

FOLDER = Path(__file__).parent / "states"
STATES = sorted(FOLDER.glob("*.json"))
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ACCOUNT_SID, AUTH_TOKEN = "AC" + "a1" * 16, "b2" * 16

# What a fixture says of a message; the rest has one value for all.
_FIELDS = ("sid", "direction", "to", "from_", "body", "status", "messaging_service_sid")
_TIMES = ("date_created", "date_updated", "date_sent", "send_at")


@dataclass(frozen=True)
class Backlog:
    """Messages that are simply there: so many from one number, the newest *seconds* before NOW, one every *spacing*."""

    sender: str
    count: int
    seconds: float
    spacing: float = 0.0

    def messages(self) -> list[Message]:
        """All of them, newest first."""
        newest = NOW - timedelta(seconds=self.seconds)
        return [
            self._message(number, newest - number * timedelta(seconds=self.spacing)) for number in range(self.count)
        ]

    def _message(self, number: int, sent: datetime) -> Message:
        sid = sha256(f"{self.sender} {self.seconds} {number}".encode()).hexdigest()[:32]
        whole = sent.replace(microsecond=0)
        return Message(
            sid=f"SM{sid}",
            account_sid=ACCOUNT_SID,
            direction="outbound-api",
            to="+15551234567",
            from_=self.sender,
            body="Example",
            status="delivered",
            date_created=whole,
            date_updated=whole,
            date_sent=whole,
        )


@dataclass(frozen=True)
class OldState:
    """What one version has left: *items* of the table, *messages* of the account in addition to the *backlogs*.

    *polls* and *sends* say by name what was requested and what the result was.
    """

    made_by: str
    items: list[dict[str, Any]]
    backlogs: list[Backlog]
    messages: list[Message]
    polls: Mapping[str, Any]
    sends: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The state in a file."""
        stored = json.loads(path.read_text())
        return cls(
            stored["madeBy"],
            [_with_bytes(item) for item in stored["items"]],
            [Backlog(**backlog) for backlog in stored["backlogs"]],
            [_message(message) for message in stored["messages"]],
            stored["polls"],
            stored["sends"],
        )

    def write(self, path: Path) -> None:
        """Write it to a file."""
        stored = {
            "madeBy": self.made_by,
            "polls": self.polls,
            "sends": self.sends,
            "backlogs": [vars(backlog) for backlog in self.backlogs],
            "messages": [_fields(message) for message in self.messages],
            "items": sorted(
                (_with_text(item) for item in self.items), key=lambda item: (item["pk"]["S"], item["sk"]["S"])
            ),
        }
        path.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n")


@contextmanager
def deployment(project: Path = PROJECT_ROOT, seed: int | None = None) -> Iterator[World]:
    """A world of that account in which it is NOW, with the functions of the checkout *project*.

    SIDs that come of the same *seed* are the same.
    """
    clock = FakeClock(NOW.timestamp())
    twilio = TwilioSandbox(
        status_delay=None,
        null_dates_match_filters=True,
        seed=seed,
        clock=lambda: datetime.fromtimestamp(clock.now, UTC).replace(microsecond=0),
    )
    twilio.account.sid, twilio.account.auth_token = ACCOUNT_SID, AUTH_TOKEN
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws(), twilio:
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        yield World(twilio, project=project, clock=clock)


@contextmanager
def restored(state: OldState) -> Iterator[World]:
    """The world as the version left it."""
    with deployment() as world:
        dynamodb = moto_client("dynamodb")
        for item in state.items:
            dynamodb.put_item(TableName=TABLE, Item=item)
        for backlog in state.backlogs:
            world.twilio.restore(backlog.messages())
        world.twilio.restore(state.messages)
        yield world


def after(world: World, seconds: float) -> None:
    """Let it be so many seconds after NOW."""
    assert world.clock
    world.clock.now = NOW.timestamp() + seconds


def _with_text(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"B": b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()}


def _with_bytes(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"B": b64decode(value["B"])} if "B" in value else value for name, value in item.items()}


def _fields(message: Message) -> dict[str, Any]:
    times = {name: value.isoformat() for name in _TIMES if (value := getattr(message, name))}
    return {**{name: getattr(message, name) for name in _FIELDS}, "media_urls": message.media_urls, **times}


def _message(fields: Mapping[str, Any]) -> Message:
    times = {name: datetime.fromisoformat(fields[name]) for name in _TIMES if name in fields}
    return Message(account_sid=ACCOUNT_SID, **{**fields, "media_urls": tuple(fields["media_urls"]), **times})
