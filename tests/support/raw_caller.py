"""Calls raw_request as its function does, against an API of the test's choice."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from tests.support.fakes import FakeSecrets
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.raw_request.request import raw_request
from twilio_connector.settings import ConnectionSettings
from twilio_connector.twilio.client import TwilioClient

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT_SID = "AC" + "0" * 32
MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
CALLS = "/Accounts/$TWILIO_ACCOUNT_SID/Calls.json"
# What a POST to it makes reaches nobody.
QUEUES = "/Accounts/$TWILIO_ACCOUNT_SID/Queues.json"
TEXT = {"To": "+15551234567", "From": "+15558675309", "Body": "the secret text"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

BASIC = {"accountSid": ACCOUNT_SID, "authToken": "token"}

Call = Callable[..., dict[str, Any]]


def caller(api_url: str, seconds: float = 30, **secret: str) -> Call:
    """``raw_request`` in an invocation with *seconds* left, by a connection ``default`` to *api_url*."""
    secrets = FakeSecrets()
    secrets.put("c/default", json.dumps(secret or BASIC))
    return caller_with(secrets, api_url, seconds)


def caller_with(secrets: FakeSecrets, api_url: str, seconds: float = 30) -> Call:
    """As :func:`caller`, with the connection's secret in *secrets*."""
    store = ConnectionStore(SecretCache(cast("SecretsManagerClient", secrets), "c/"), ConnectionSettings("c/", api_url))
    return lambda **event: raw_request(event, lambda name: TwilioClient(store, name, Deadline.after(seconds)))
