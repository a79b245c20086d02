"""Writes down the state that the functions of a checkout leave in DynamoDB, for the tests of later versions.

    git worktree add /somewhere v1.0.0
    python -m tests.support.record_state /somewhere 1.0.0

runs the functions poll and send_sms of the checkout `/somewhere`, against moto and the Twilio sandbox of this one, at a
fixed time, and writes `tests/support/states/1.0.0.json`. Run again, it writes the same.
"""

import logging
import math
import random
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from botocore.client import BaseClient
from flask import Request, Response

from local.twilio_sandbox import Fault
from local.twilio_sandbox.faults import InjectedFault
from tests.support.fakes import FakeBus, FakeContext
from tests.support.old_states import FOLDER, NOW, Backlog, OldState, deployment
from tests.support.state_inputs import KILLED, LOST, POLLS, SENT
from tests.support.world import World

# Long enough to look for a message once, too short to do so twice.
BRIEF_SECONDS = 4.9
LONG_SECONDS = 30.0


class KilledError(BaseException):
    """The process is gone: nothing in it may catch this."""


@dataclass
class Power:
    """What keeps a process going. While it is off, whatever calls AWS is killed."""

    is_on: bool = True

    def go_off(self) -> None:
        """Kill the process at its next call."""
        self.is_on = False


@dataclass
class DyingBus(FakeBus):
    """A bus at which the process dies that goes on publishing after *most* messages."""

    power: Power = field(default_factory=Power)
    most: float = math.inf

    def put_events(self, **arguments: Any) -> dict[str, Any]:
        """As the client of boto3."""
        if len(self.created()) >= self.most:
            self.power.go_off()
            raise KilledError
        return super().put_events(**arguments)


@dataclass(frozen=True)
class Blackout(InjectedFault):
    """The connection breaks, and then the process that asked."""

    power: Power = field(default_factory=Power)

    def answer(self, request: Request, planned: Response | None, stopping: Event) -> Response:
        """Reset the connection."""
        self.power.go_off()
        return Fault.Reset(accepted=self.accepted).answer(request, planned, stopping)


class Recording:
    """Lets the functions of a world do what leaves state behind."""

    def __init__(self, world: World, bus: DyingBus, power: Power) -> None:
        self._world = world
        self._bus = bus
        self._power = power
        self.backlogs: list[Backlog] = []
        self.polls: dict[str, Any] = {}
        self.sends: dict[str, Any] = {}

    def poll_all(self) -> None:
        """All of the polls."""
        (undated,) = self._world.twilio.add(1, date_sent=None, status="queued", from_="+15550000003")
        for name, (event, backlogs, variables) in POLLS.items():
            self.backlogs += backlogs
            there = [message.sid for backlog in backlogs for message in backlog.messages()]
            self._world.twilio.restore(message for backlog in backlogs for message in backlog.messages())
            self._world.overrides = variables
            self._world.restart()
            self._bus.most = len(self._bus.created()) + 1_000 if name == "killed" else math.inf
            result = self._invoke("poll", event, LONG_SECONDS * 10)
            published = set(self._bus.created())
            self.polls[name] = {"input": event, **result, "unpublished": [sid for sid in there if sid not in published]}
        self.polls["undated"]["undated"] = undated

    def send_all(self) -> None:
        """All of the sends, each under its name as key."""
        for name, event in SENT.items():
            self._send(name, event, LONG_SECONDS)
        for name, (event, accepted) in LOST.items():
            with self._world.twilio.listing_late(str(event.get("message"))):
                self._world.twilio.inject(Fault.Reset(accepted=accepted), match="POST /Messages")
                self._send(name, event, BRIEF_SECONDS)
        for name, (event, accepted) in KILLED.items():
            self._world.twilio.inject(Blackout(accepted=accepted, power=self._power), match="POST /Messages")
            self._send(name, event, LONG_SECONDS)

    def _send(self, name: str, event: dict[str, Any], seconds: float) -> None:
        before = len(self._world.twilio.messages)
        keyed = {**event, "idempotencyKey": name}
        result = self._invoke("send_sms", keyed, seconds)
        made = [message.sid for message in self._world.twilio.messages[before:]]
        self.sends[name] = {"input": keyed, **result, "messages": made}

    def _invoke(self, function: str, event: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            return {"result": self._world.invoke(function, event, FakeContext(seconds))}
        except KilledError:
            return {"error": "killed"}
        except Exception as exc:
            # Of this checkout's layer, if any, it would be another class of the same name.
            if type(exc).__name__ != "OutcomeUnknownError":
                raise
            return {"error": type(exc).__name__}
        finally:
            self._power.is_on = True


@contextmanager
def powered(power: Power) -> Iterator[None]:
    """Let calls to AWS depend on *power*, and random identifiers come in the same order every time."""
    call, source = vars(BaseClient)["_make_api_call"], random.Random(1)

    def call_while_alive(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if not power.is_on:
            raise KilledError
        return call(client, operation, parameters)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(BaseClient, "_make_api_call", call_while_alive)
        monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=source.getrandbits(128), version=4))
        yield


def record(checkout: Path, version: str) -> OldState:
    """The state that the functions of *checkout* leave, whose layer is the one that is imported."""
    power = Power()
    with powered(power), deployment(checkout, seed=1) as world:
        world.bus = bus = DyingBus(power=power)
        recording = Recording(world, bus, power)
        recording.poll_all()
        in_backlogs = {message.sid for backlog in recording.backlogs for message in backlog.messages()}
        recording.send_all()
        messages = [message for message in world.twilio.messages if message.sid not in in_backlogs]
        made_by = f"version {version}, at {NOW.isoformat()}, by tests/support/record_state.py"
        return OldState(made_by, world.items(), recording.backlogs, messages, recording.polls, recording.sends)


def main(checkout: str, version: str) -> None:
    """Record the state of *version*, which lies in *checkout*."""
    logging.disable()
    project, path = Path(checkout).resolve(), FOLDER / f"{version}.json"
    sys.path.insert(0, str(project / "layers" / "twilio_connector" / "python"))
    record(project, version).write(path)
    sys.stderr.write(f"{path}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
