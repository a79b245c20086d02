"""A webhook and everything around it, for the tests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.fakes import BUS, FakeBus, FakeClock, FakeQueue, FakeSecrets
from tests.support.webhook_requests import ACCOUNT_SID, API_URL, AUTH_TOKEN, form_event
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.settings import ConnectionSettings, WebhookSettings
from twilio_connector.webhook.lookups import Lookups
from twilio_connector.webhook.receiver import Webhook
from twilio_connector.webhook.signing_keys import SigningKeys

OTHER_ACCOUNT = "AC" + "9" * 32
PREVIOUS_SECONDS = 600
SECRET = json.dumps({"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN})
KEY_ONLY = {"accountSid": ACCOUNT_SID, "apiKeySid": "SK" + "0" * 32, "apiKeySecret": AUTH_TOKEN}


@dataclass
class Deployment:
    """A deployment with the connection `default`. One clock serves all."""

    clock: FakeClock = field(default_factory=FakeClock)
    bus: FakeBus = field(default_factory=FakeBus)
    queue: FakeQueue = field(default_factory=FakeQueue)

    def __post_init__(self) -> None:
        self.secrets = FakeSecrets(self.clock)
        self.secrets.put("default", SECRET, created=self.clock.now - 86_400)
        cache = SecretCache(self.secrets, "", self.clock)  # type: ignore[arg-type]
        connections = ConnectionStore(cache, ConnectionSettings(""))
        self.webhook = Webhook(
            connections,
            SigningKeys(connections, cache, PREVIOUS_SECONDS, self.clock),
            Outbox(
                Publisher(self.bus, BUS, sleep=self.clock.sleep),  # type: ignore[arg-type]
                UndeliveredQueue(self.queue, "https://sqs/undelivered"),  # type: ignore[arg-type]
            ),
            WebhookSettings(PREVIOUS_SECONDS, api_base_url=API_URL),
            clock=lambda: datetime.fromtimestamp(self.clock.now, UTC),
            timer=self.clock,
            lookups=Lookups(self.clock),
        )

    def receive(self, event: Any) -> dict[str, Any]:
        """The answer to *event*."""
        return self.webhook.receive(event)

    def status_of(self, event: Any) -> int:
        """The status of that answer."""
        return int(self.receive(event)["statusCode"])

    def refuse_all(self, after_calls: int = 0) -> None:
        """Let the bus refuse everything, after some calls that it takes."""
        self.bus.refusals = [0] * after_calls + [10] * 100

    def rotate(self, token: str) -> None:
        """Make *token* the current one, and what was current the previous one."""
        self.secrets.put("default", json.dumps({"accountSid": ACCOUNT_SID, "authToken": token}), created=self.clock.now)
        self.secrets.put("default", SECRET, stage="AWSPREVIOUS")


def forged(event: Mapping[str, Any]) -> dict[str, Any]:
    """The same with a signature of the right form that nobody made."""
    return {**event, "headers": {**event["headers"], "x-twilio-signature": "A" * 27 + "="}}


def unsigned(parameters: Mapping[str, str]) -> dict[str, Any]:
    """A form without a signature."""
    event = form_event(parameters)
    del event["headers"]["x-twilio-signature"]
    return event
