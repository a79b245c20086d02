"""Settings of the functions, parsed from the environment into frozen values.

Each tuple lists what one use case needs; the variable's name is the field's name in upper case. The template sets
them all, so that a missing one is an error, except where a field has a default. They are tuples, because six
dataclasses took two milliseconds of every cold start.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from twilio_connector.errors import TwilioConnectorError

TWILIO_API_URL = "https://api.twilio.com"

T = TypeVar("T", bound=NamedTuple)


class SettingsError(TwilioConnectorError):
    """An environment variable is missing or malformed. Names the variable, never its value."""


class ConnectionSettings(NamedTuple):
    """Where connections are kept and which API they reach.

    A *twilio_api_url* other than Twilio's own beats the region and edge of every connection.
    """

    connection_prefix: str
    twilio_api_url: str = TWILIO_API_URL


class BusSettings(NamedTuple):
    """Where events go: to *custom_event_bus_arn* if it is set, a Custom Event Bus, else to the bus *event_bus_name*."""

    event_bus_name: str
    custom_event_bus_arn: str = ""


class UndeliveredSettings(NamedTuple):
    """Where those events go that the bus refuses."""

    undelivered_queue_url: str


class WebhookSettings(NamedTuple):
    """How Twilio reaches the webhook: by *webhook_base_url* if it is set, else by *api_base_url*."""

    previous_token_seconds: int
    api_base_url: str = ""
    webhook_base_url: str = ""


class PollSettings(NamedTuple):
    """*poll_overlap_seconds* behind the cursor are looked at again; a poll publishes at most *poll_max_messages*."""

    state_table_name: str
    poll_overlap_seconds: int
    poll_max_messages: int
    max_messages_per_event: int


class ReconcileSettings(NamedTuple):
    """*poll_overlap_seconds* before a pass began are looked at again by the next one."""

    state_table_name: str
    poll_overlap_seconds: int


class SendSettings(NamedTuple):
    """*status_callback_base_url* is empty where sends do not ask for status callbacks.

    Of a batch of the send queue *sends_per_batch_at_once* are made at once, at most.
    """

    state_table_name: str
    unknown_hold_seconds: int
    status_callback_base_url: str = ""
    sends_per_batch_at_once: int = 1


class LimitSettings(NamedTuple):
    """The owner's limits: ISO 3166 codes, comma-separated, and numbers of texts; empty and 0 for none."""

    state_table_name: str = ""
    allowed_countries: str = ""
    max_sends_per_recipient_per_hour: int = 0
    max_sends_per_day: int = 0


def load(cls: type[T], env: Mapping[str, str]) -> T:
    """Parse *env* into the settings *cls*. Raises :class:`SettingsError`."""
    values: dict[str, Any] = {}
    for field, kind in cls.__annotations__.items():
        name = field.upper()
        text = env.get(name, "")
        if not text:
            if field not in cls._field_defaults:
                raise SettingsError(f"The environment variable {name} is not set.")
            continue
        if kind is int and not (text.isascii() and text.isdigit()):
            raise SettingsError(f"The environment variable {name} is not a whole number.")
        values[field] = int(text) if kind is int else text
    make: Callable[..., T] = cls
    return make(**values)
