"""All functions in this process, on a simulated network with AWS and Twilio in memory, and their callers."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from botocore.retries.quota import RetryQuota

from tests.support.call_faults import Faults, Outage
from tests.support.fakes import BUS
from tests.support.inline_executor import without_threads
from tests.support.simulated_aws import Queue, SimulatedAws
from tests.support.simulated_network import AWS, SECONDS, TWILIO, KilledError, Network, connected
from tests.support.simulated_time import SimulatedTime
from tests.support.simulated_twilio import SimulatedTwilio
from tests.support.template import FUNCTIONS, template
from tests.support.webhook_requests import API_URL
from tests.support.world import TABLE, clients_of
from twilio_connector import errors
from twilio_connector.errors import TwilioConnectorError
from twilio_connector.sending.budget import ANSWER_SECONDS as SEND_SECONDS
from twilio_connector.twilio import transport
from twilio_connector.webhook.budget import ANSWER_SECONDS

# Real ones of this network, by the options that they were made with.
_CLIENTS: dict[str, dict[str, Any]] = {}


class Ended(NamedTuple):
    """How an invocation ended: by a *result*, an *error*, or, with neither, killed; and whether it *met* the fault."""

    result: Any = None
    error: TwilioConnectorError | None = None
    met: bool = False

    @property
    def is_killed(self) -> bool:
        """Whether the process was."""
        return self.result is None and self.error is None


class Context:
    """Lambda's, by the simulated time."""

    def __init__(self, clock: SimulatedTime, seconds: float, request_id: str) -> None:
        self._clock, self._end, self.aws_request_id = clock, clock.now + seconds, request_id

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's context."""
        return int((self._end - self._clock.now) * 1000)


@dataclass
class CallStack:
    """One deployment. Its functions have the *environment*, and what they call meets the *faults*.

    *unexpected* are defects that a function has reported, *refused* what has kept webhooks from being taken in time.
    """

    clock: SimulatedTime
    faults: Faults = field(default_factory=Faults)
    environment: dict[str, str] = field(default_factory=dict)
    ended: list[tuple[str, Ended]] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    refused: list[Outage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.aws, self.twilio = SimulatedAws(self.clock), SimulatedTwilio(self.clock)
        self.network = Network(self.clock, {AWS: self.aws, TWILIO: self.twilio}, self.faults.meet)
        sandbox = self.twilio.sandbox
        self.aws.put_secret("default", {"accountSid": sandbox.account_sid, "authToken": sandbox.auth_token})
        self._apps: dict[str, Any] = {}

    def invoke(self, job: str, event: Any) -> Ended:
        """Invoke a function, which has to end in time; where a process was killed, all begin anew the next time."""
        began, met = self.clock.now, self.faults.outage.met if self.faults.outage else 0
        handler = self._app(job).handler
        context = Context(self.clock, timeout_of(job), str(UUID(int=len(self.ended))))
        try:
            ended = Ended(handler(event, context))
        except TwilioConnectorError as exc:
            ended = Ended(error=exc)
        except KilledError:
            ended = Ended()
            self._apps.clear()
            self.network.is_dead = False
        outage = self.faults.outage
        ended = ended._replace(met=bool(outage and outage.met > met))
        self.faults.end_of_invocation()
        self.ended.append((job, ended))
        assert self.clock.now - began <= promised_seconds(job, event), "it did not end in time"
        return ended

    def forget_soon(self, job: str) -> None:
        """Let what the function has read of the connection be too old a moment after its next invocation has begun."""
        found = self._app(job).services.secrets._found
        self.clock.now = min(until for until, _ in found.values()) - SECONDS / 2

    def receive(self, job: str, queue: Queue) -> Ended | None:
        """Let the function have what *queue* shows; what it does not return is deleted. None where nothing is shown."""
        if not (messages := queue.receive()):
            return None
        ended = self.invoke(job, {"Records": [_record(each) for each in messages]})
        if ended.result is not None:
            returned = {each["itemIdentifier"] for each in ended.result["batchItemFailures"]}
            queue.delete([each for each in messages if each.message_id not in returned])
        return ended

    def rotate(self, stage: str = "AWSCURRENT") -> None:
        """Let Twilio take an API key and the old token no more, and the secret's version *stage* have that key."""
        sandbox = self.twilio.sandbox
        key = {"apiKeySid": sandbox.api_key_sid, "apiKeySecret": sandbox.api_key_secret}
        self.aws.put_secret("default", {"accountSid": sandbox.account_sid, **key}, stage)
        self.twilio.revoked.add(sandbox.auth_token)

    def redeliver(self) -> None:
        """Let redeliver empty the undelivered queue, however long it takes."""
        self.drain("redeliver", self.aws.undelivered, most=20)

    def drain(self, job: str, queue: Queue, most: int) -> None:
        """Let the function empty *queue*, of which no message is received more than *most* times."""
        while queue.messages:
            if self.receive(job, queue) is None:
                self.clock.now = min(each.until for each in queue.messages)
            assert all(each.receives <= most for each in queue.messages), "given up"

    def _app(self, job: str) -> Any:
        if job not in self._apps:
            name = f"twilio_connector.handlers.{job}"
            transport.pool.cache_clear()
            sys.modules.pop(name, None)
            self._apps[job] = importlib.import_module(name)
            services = self._apps[job].services
            services._env = self._environment()
            vars(services.aws).update(
                clients_of(services.aws, _CLIENTS, "dynamodb", "events", "custom_bus", "secrets", "sqs")
            )
        return self._apps[job]

    def _environment(self) -> dict[str, str]:
        return {
            "CONNECTION_PREFIX": "twilio/connections/",
            "TWILIO_API_URL": "http://{}:{}".format(*TWILIO),
            "EVENT_BUS_NAME": BUS,
            "UNDELIVERED_QUEUE_URL": "http://{}:{}/undelivered".format(*AWS),
            "STATE_TABLE_NAME": TABLE,
            "POLL_OVERLAP_SECONDS": "30",
            "POLL_MAX_MESSAGES": "12",
            "MAX_MESSAGES_PER_EVENT": "2",
            "UNKNOWN_HOLD_SECONDS": "900",
            "SENDS_PER_BATCH_AT_ONCE": "1",
            "STATUS_CALLBACK_BASE_URL": API_URL,
            "PREVIOUS_TOKEN_SECONDS": "3600",
            "API_BASE_URL": API_URL,
            **self.environment,
        }


def timeout_of(job: str) -> float:
    """The seconds after which Lambda ends the function."""
    (name,) = (name for name, folder in FUNCTIONS.items() if folder == job)
    properties = template()["Resources"][name]["Properties"]
    return float(properties.get("Timeout", template()["Globals"]["Function"]["Timeout"]))


def promised_seconds(job: str, event: Any) -> float:
    """The seconds in which an invocation is to end."""
    if job == "webhook":
        return ANSWER_SECONDS
    return SEND_SECONDS if job == "send_sms" and "Records" not in event else timeout_of(job)


@contextmanager
def calls_of(stack: CallStack) -> Iterator[None]:
    """Let the functions of *stack* call what it has."""
    make = errors.UnexpectedError.__init__

    def made(self: errors.UnexpectedError, message: str, **kwargs: Any) -> None:
        stack.unexpected.append(message)
        make(self, message, **kwargs)

    with pytest.MonkeyPatch.context() as monkeypatch, connected(stack.network), without_threads():
        monkeypatch.setattr(errors.UnexpectedError, "__init__", made)
        # A client gives up repeating after some fifty failures: not those of earlier processes.
        monkeypatch.setattr(RetryQuota, "acquire", lambda *_: True)
        for name, value in {
            "AWS_ENDPOINT_URL": "http://{}:{}".format(*AWS),
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }.items():
            monkeypatch.setenv(name, value)
        yield


def _record(message: Any) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        "receiptHandle": message.message_id,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives), "SentTimestamp": "1773585130000"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
