"""Functions that start: their handlers' modules, imported anew, in an environment like Lambda's."""

import socket
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest

from twilio_connector import trust
from twilio_connector.settings import TWILIO_API_URL
from twilio_connector.twilio import transport

# What Lambda itself sets, and the template for one function or another.
LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "a-function",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}
SETTINGS = {
    "CONNECTION_PREFIX": "twilio/connections/",
    "TWILIO_API_URL": TWILIO_API_URL,
    "EVENT_BUS_NAME": "bus",
    "UNDELIVERED_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/undelivered",
    "STATE_TABLE_NAME": "state",
    "POLL_OVERLAP_SECONDS": "300",
    "POLL_MAX_MESSAGES": "10000",
    "MAX_MESSAGES_PER_EVENT": "100",
    "UNKNOWN_HOLD_SECONDS": "900",
    "PREVIOUS_TOKEN_SECONDS": "3600",
    "API_BASE_URL": "https://abc123.execute-api.us-east-1.amazonaws.com",
}
# Whatever a test puts in its place.
_contexts = trust._context
# What would make another environment of it.
_OTHERS = (
    *trust.VARIABLES,
    "CUSTOM_EVENT_BUS_ARN",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "HTTPS_PROXY",
    "NO_PROXY",
)


def start(job: str, monkeypatch: pytest.MonkeyPatch, env: Mapping[str, str] = LAMBDA | SETTINGS) -> Any:
    """The module of the handler of *job*, as after the start of a process in *env*."""
    for name in (*LAMBDA, *SETTINGS, *_OTHERS):
        monkeypatch.delenv(name, raising=False)
    # No settings of the user who runs this.
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    forget()
    name = f"twilio_connector.handlers.{job}"
    monkeypatch.delitem(sys.modules, name, raising=False)
    return import_module(name)


def forget() -> None:
    """Let whatever a process keeps of its connections be made anew."""
    transport.pool.cache_clear()
    _contexts.cache_clear()


def without_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From now on nothing is looked up or connected to; the list that is returned says what was tried."""
    tried: list[str] = []

    def refuse(*what: object, **_: object) -> Any:
        tried.append(repr(what))
        raise OSError("There is no network here.")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    return tried
