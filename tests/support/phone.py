"""A page of `make local` without a stack: what it is told, and a stand-in for the stack."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import urllib3

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.phone.rules import Rule
from local.phone.stack import PhoneStack, SendFailedError
from local.phone.texts import Send
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER, Stage
from local.twilio_sandbox import TwilioSandbox


def event(detail_type: str, **detail: Any) -> BusEvent:
    """An event as the watcher of the bus hands it on."""
    whole = {"source": "twilio.connector", "detail-type": detail_type, "detail": detail}
    return BusEvent(detail_type, detail, "twilio.connector", whole)


def status_event(sid: str, status: str, rank: int | None, second: int = 0) -> BusEvent:
    """A status callback's event, received in that second."""
    data = {"MessageSid": sid, "MessageStatus": status}
    received = f"2026-03-15T14:32:{second:02}.000Z"
    id_ = f"{sid}:{status}"
    return event("Message Status Updated", id=id_, statusRank=rank, receivedAt=received, body={"data": data})


class FakeAws:
    """A deployed stack that answers every send with the same SID, and takes no event for any rule's."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, Any]] = []
        self.outputs: Mapping[str, str] = {}
        self.events = SimpleNamespace(test_event_pattern=lambda **_: {"Result": False})
        self.session = SimpleNamespace(client=lambda service: None)
        self.sqs = self.lambda_ = self.cloudformation = None

    def invoke(self, function: str, payload: Any) -> Any:
        """Remember it."""
        self.invoked.append((function, payload))
        if function == "ReconcileFunction":
            return {"published": 0, "truncated": False, "skipped": False}
        return {"data": {"sid": "SM" + "1" * 32}}

    def stage(self, twilio: TwilioSandbox | None = None) -> Stage:
        """A stage with it, of a real account unless there is a sandbox."""
        return Stage(cast(LocalAws, self), cast(BusWatcher, None), twilio)


class FakePhoneStack:
    """Sends to the sandbox as somebody would who knows no better: what is answered with an error is sent again."""

    def __init__(self, twilio: TwilioSandbox | None) -> None:
        outputs = {"WebhookUrl": "https://hooks.example.com/in"}
        aws = SimpleNamespace(outputs=outputs)
        self.stage = SimpleNamespace(twilio=twilio, sender=SANDBOX_SENDER, recipient=SANDBOX_RECIPIENT, aws=aws)
        self.rules: Sequence[Rule] = [Rule("Everything", {"source": ["twilio.connector"]}, "docs/events.md")]
        self.status_of_forgery = 403
        self.sent: list[Send] = []

    @property
    def as_stack(self) -> PhoneStack:
        """Itself, to whoever asks for the type."""
        return cast(PhoneStack, self)

    def matching(self, event: Mapping[str, Any]) -> list[str]:
        """Every rule."""
        return [rule.title for rule in self.rules]

    def send(self, send: Send) -> str:
        """Send, and again after an error."""
        self.sent.append(send)
        twilio = self.stage.twilio
        if twilio is None:
            return "SM" + "1" * 32
        path = f"{twilio.url}/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"
        credentials = urllib3.make_headers(basic_auth=f"{twilio.account_sid}:{twilio.auth_token}")
        fields = {"To": send.to, "From": send.from_, "Body": send.body}
        for _ in range(2):
            headers = {**credentials, "Content-Type": "application/x-www-form-urlencoded"}
            answer = urllib3.request("POST", path, headers=headers, body=urlencode(fields), timeout=30.0)
            if answer.status == 201:
                return str(answer.json()["sid"])
        raise SendFailedError(f"Twilio answered {answer.status}")

    def reconcile(self) -> int:
        """Bring nothing."""
        return 0

    def forge(self) -> int:
        """Answer as told."""
        return self.status_of_forgery

    @contextmanager
    def bus_down(self) -> Iterator[None]:
        """Nobody is there to be cut off."""
        yield
