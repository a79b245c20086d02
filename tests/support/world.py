"""The functions in this process, with Twilio's sandbox, moto's AWS, and a bus that can fail."""

import importlib.util
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from local.sam import PROJECT_ROOT
from local.twilio_sandbox import TwilioSandbox
from tests.support.fakes import BUS, FakeBus, FakeClock, FakeContext
from tests.support.locked_dynamodb import Locked
from tests.support.moto_clients import moto_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "state"
REGION = "us-east-1"

# By the options that they were made with.
_CLIENTS: dict[str, dict[str, Any]] = {}


def create_table(dynamodb: "DynamoDBClient | None" = None) -> None:
    """Create the state table, with the keys that the template gives it, in moto's AWS or the client's."""
    (dynamodb or moto_client("dynamodb")).create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )


def load_app(function: str, env: Mapping[str, str], bus: FakeBus, project: Path = PROJECT_ROOT) -> Any:
    """The module that ``functions/<function>/app.py`` takes its handler from, anew as in a cold start.

    It reads the environment *env*.
    """
    handlers = f"twilio_connector.handlers.{function}"
    sys.modules.pop(handlers, None)
    spec = importlib.util.spec_from_file_location(f"{function}_app", project / "functions" / function / "app.py")
    assert spec
    assert spec.loader
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    # Of an earlier checkout, it is app.py itself.
    module: Any = sys.modules.get(handlers, app)
    module.services._env = env
    vars(module.services.aws).update(
        clients_of(module.services.aws, _CLIENTS, "dynamodb", "secrets", "sqs"), events=bus
    )
    if function == "send_sms":
        module.services.aws.dynamodb = Locked(module.services.aws.dynamodb)
    return module


def clients_of(aws: Any, kept: dict[str, dict[str, Any]], *names: str) -> dict[str, Any]:
    """Clients with the time-outs of *aws*, *kept* for those to come: most of a cold start is making them."""
    options = json.dumps(aws._config._user_provided_options)
    if options not in kept:
        kept[options] = {name: getattr(aws, name) for name in names}
    return kept[options]


@dataclass
class World:
    """One deployment's surroundings. Created under moto's ``mock_aws``, unless *aws* makes clients of another AWS.

    *project* is the checkout whose functions are invoked. Polls and sends read the *clock*, if there is one.
    """

    twilio: TwilioSandbox
    bus: FakeBus = field(default_factory=FakeBus)
    overrides: dict[str, str] = field(default_factory=dict)
    project: Path = PROJECT_ROOT
    clock: FakeClock | None = None
    aws: boto3.Session | None = None

    def __post_init__(self) -> None:
        client = self.aws.client if self.aws else moto_client
        create_table(client("dynamodb"))
        self.sqs = client("sqs")
        self.undelivered_url = self.sqs.create_queue(QueueName="undelivered")["QueueUrl"]
        self.secrets = client("secretsmanager")
        self.put_connection("default", {"accountSid": self.twilio.account_sid, "authToken": self.twilio.auth_token})
        self._apps: dict[str, Any] = {}

    @property
    def env(self) -> dict[str, str]:
        """The environment of the functions, as the template sets it."""
        return {
            "CONNECTION_PREFIX": "twilio/connections/",
            "TWILIO_API_URL": self.twilio.url,
            "EVENT_BUS_NAME": BUS,
            "UNDELIVERED_QUEUE_URL": self.undelivered_url,
            "STATE_TABLE_NAME": TABLE,
            "POLL_OVERLAP_SECONDS": "300",
            "POLL_MAX_MESSAGES": "10000",
            "MAX_MESSAGES_PER_EVENT": "100",
            "UNKNOWN_HOLD_SECONDS": "900",
            "SENDS_PER_BATCH_AT_ONCE": "10",
            "STATUS_CALLBACK_BASE_URL": "",
            "PREVIOUS_TOKEN_SECONDS": "3600",
            "API_BASE_URL": "https://abc123.execute-api.us-east-1.amazonaws.com",
            **self.overrides,
        }

    def put_connection(self, name: str, secret: Mapping[str, object] | str) -> None:
        """Store the secret of a connection."""
        text = secret if isinstance(secret, str) else json.dumps(secret)
        self.secrets.create_secret(Name=f"twilio/connections/{name}", SecretString=text)

    def invoke(self, function: str, event: object, context: FakeContext | None = None) -> Any:
        """Invoke ``functions/<function>/app.py``, warm from the second time on."""
        if function not in self._apps:
            app = load_app(function, self.env, self.bus, self.project)
            if self.clock:
                _set_clock(app, self.clock)
            self._apps[function] = app
        return self._apps[function].handler(event, context or FakeContext())

    def restart(self) -> None:
        """Let the next invocations be cold starts, in the environment as it is then."""
        self._apps.clear()

    def items(self, prefix: str = "") -> list[dict[str, Any]]:
        """What the state table holds under partition keys that begin with *prefix*."""
        pages = moto_client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
        return [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(prefix)]


def _set_clock(app: Any, clock: FakeClock) -> None:
    """Let everything in *app* that reads the time use *clock*."""
    times: dict[str, dict[str, Any]] = {
        "Poller": {"clock": clock},
        "Reconciler": {"clock": clock},
        "SendTable": {"clock": clock},
    }
    times["Sender"] = {"clock": clock, "sleep": clock.sleep}
    for name in times.keys() & vars(app).keys():
        setattr(app, name, partial(getattr(app, name), **times[name]))
