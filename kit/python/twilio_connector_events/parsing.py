"""Makes an event of a known type from the input of a rule's target."""

from collections.abc import Mapping
from typing import cast

from twilio_connector_events.shapes import mismatch
from twilio_connector_events.v1 import EVENTS, ConnectorEvent

SOURCE = "twilio.connector"


class NotAConnectorEventError(ValueError):
    """The input is not an event of the connector; the message names the place, and quotes nothing of the contents."""


def parse_event(event: object) -> ConnectorEvent:
    """Check that *event* is one of the connector's, and return it. Type checkers know it by its detail-type.

    It accepts what a newer connector adds: keys that the types do not have, values that a Literal does not name, and
    unknown detail-types, which make a NewerEvent. Raises NotAConnectorEventError if *event* is not of the connector,
    or if a key is missing or has another type.
    """
    if not isinstance(event, dict):
        raise NotAConnectorEventError(f"An event is an object, not {type(event).__name__}.{_hint(event)}")
    if event.get("source") != SOURCE:
        raise NotAConnectorEventError(f"Its source is not {SOURCE}.{_hint(event)}")
    detail_type, detail = event.get("detail-type"), event.get("detail")
    if not isinstance(detail_type, str) or not isinstance(detail, dict):
        raise NotAConnectorEventError("It has no detail-type, or no detail that is an object: does the rule change it?")
    if detail_type in EVENTS and (wrong := mismatch(event, EVENTS[detail_type])):
        raise NotAConnectorEventError(f"A {detail_type!r} event of another shape: {wrong}.")
    return cast(ConnectorEvent, event)


def _hint(event: object) -> str:
    """What to do with an input that is easily mistaken for an event."""
    if isinstance(event, str | bytes):
        return " Is it JSON? Then parse it first."
    if isinstance(event, Mapping) and "Records" in event:
        return " Is it a batch of a queue or a topic? Then parse each record's own body."
    if isinstance(event, Mapping) and "requestPayload" in event:
        return " Is it Lambda's record of an invocation that failed? Then parse its requestPayload."
    return ""
