"""Settings of the functions, parsed from the environment into frozen values.

Each dataclass lists what one use case needs; the variable's name is the field's name in upper case. The template sets
them all, so that a missing one is an error, except where a field has a default.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

from twilio_connector.errors import TwilioConnectorError

TWILIO_API_URL = "https://api.twilio.com"

T = TypeVar("T")


class SettingsError(TwilioConnectorError):
    """An environment variable is missing or malformed. Names the variable, never its value."""


@dataclass(frozen=True)
class ConnectionSettings:
    """Where connections are kept and which API they reach.

    A *twilio_api_url* other than Twilio's own beats the region and edge of every connection.
    """

    connection_prefix: str
    twilio_api_url: str = TWILIO_API_URL


@dataclass(frozen=True)
class BusSettings:
    """Where events go."""

    event_bus_name: str


@dataclass(frozen=True)
class UndeliveredSettings:
    """Where those events go that the bus refuses."""

    undelivered_queue_url: str


@dataclass(frozen=True)
class WebhookSettings:
    """How Twilio reaches the webhook: by *webhook_base_url* if it is set, else by *api_base_url*."""

    previous_token_seconds: int
    api_base_url: str = ""
    webhook_base_url: str = ""


@dataclass(frozen=True)
class PollSettings:
    """*poll_overlap_seconds* behind the cursor are looked at again; a poll publishes at most *poll_max_messages*."""

    state_table_name: str
    poll_overlap_seconds: int
    poll_max_messages: int
    max_messages_per_event: int


@dataclass(frozen=True)
class SendSettings:
    """*status_callback_base_url* is empty where sends shall not ask for status callbacks."""

    state_table_name: str
    unknown_hold_seconds: int
    status_callback_base_url: str = ""


def load(cls: type[T], env: Mapping[str, str]) -> T:
    """Parse *env* into the settings dataclass *cls*. Raises :class:`SettingsError`."""
    values: dict[str, Any] = {}
    for field in fields(cls):  # type: ignore[arg-type]  # fields() cannot say "any dataclass type"
        name = field.name.upper()
        text = env.get(name, "")
        if not text:
            if field.default is MISSING:
                raise SettingsError(f"The environment variable {name} is not set.")
            continue
        if field.type is int and not (text.isascii() and text.isdigit()):
            raise SettingsError(f"The environment variable {name} is not a whole number.")
        values[field.name] = int(text) if field.type is int else text
    return cls(**values)
