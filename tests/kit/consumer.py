"""A consumer for type checkers: each line states the type that the checker has to infer there. Nobody runs this.

mypy checks it with `make check`, pyright with `make types`; both fail on a line where they infer another type.
"""

from typing import Any, Literal, assert_type

from twilio_connector_events import (
    ConnectorProbeEvent,
    Message,
    MessageReceivedEvent,
    MessageSendFailedEvent,
    MessageSentEvent,
    MessageStatusUpdatedEvent,
    NewAndUpdatedRecordsEvent,
    NewerEvent,
    Parameters,
    PollResult,
    RecipientOptedInEvent,
    RecipientOptedOutEvent,
    SendFailure,
    SendSmsInput,
    WebhookReceivedEvent,
    first,
    parse_event,
)


def by_match(given: object) -> None:
    """A `match` by the detail-type knows the event in every branch, and in the last one that there may be others."""
    event = parse_event(given)
    match event["detail-type"]:
        case "Message Received":
            assert_type(event, MessageReceivedEvent)
            assert_type(event["detail"]["body"]["data"], Parameters)
            assert_type(first(event["detail"]["body"]["data"], "From"), str | None)
        case "Message Status Updated":
            assert_type(event, MessageStatusUpdatedEvent)
            assert_type(event["detail"]["statusRank"], Literal[0, 1, 2, 3, 4] | None)
            assert_type(event["detail"]["origin"], Literal["webhook", "reconciliation"])
        case "Recipient Opted Out":
            assert_type(event, RecipientOptedOutEvent)
            assert_type(event["detail"]["body"]["data"]["reason"], Literal["keyword", "21610"])
        case "Recipient Opted In":
            assert_type(event, RecipientOptedInEvent)
        case "New and Updated Records":
            assert_type(event, NewAndUpdatedRecordsEvent)
            assert_type(event["detail"]["body"]["data"]["created"], list[Message])
        case "Message Sent":
            assert_type(event, MessageSentEvent)
            assert_type(event["detail"]["body"]["data"]["message"]["from"], str | None)
        case "Message Send Failed":
            assert_type(event, MessageSendFailedEvent)
            assert_type(event["detail"]["accountSid"], str | None)
            assert_type(event["detail"]["body"]["data"]["error"], SendFailure)
        case "Webhook Received":
            assert_type(event, WebhookReceivedEvent)
        case "Connector Probe":
            assert_type(event, ConnectorProbeEvent)
        case _:
            assert_type(event, NewerEvent)
            assert_type(event["detail"], dict[str, Any])


def by_if(given: object) -> str:
    """So does a comparison."""
    event = parse_event(given)
    if event["detail-type"] == "Message Sent":
        assert_type(event, MessageSentEvent)
        return event["detail"]["body"]["data"]["message"]["sid"]
    if event["detail-type"] != "Message Received":
        return ""
    assert_type(event, MessageReceivedEvent)
    return event["detail"]["id"]


def mistakes(given: object) -> None:
    """Each of these is an error to the checker, or the comment that expects one would be."""
    event = parse_event(given)
    event["detail"]["statusRank"]  # type: ignore[typeddict-item]  # not every event has one
    match event["detail-type"]:
        case "Message Received":
            event["detail"]["statusRank"]  # type: ignore[typeddict-item]  # nor has this one
            event["detail"]["body"]["data"]["From"].upper()  # type: ignore[union-attr]  # it may be a list
        case _:
            pass


def inputs() -> tuple[SendSmsInput, PollResult]:
    """Inputs and results have types, too."""
    asked: SendSmsInput = {"to": "+15551234567", "from": "+15558675309", "message": "Hello", "riskCheck": "disable"}
    wrong: SendSmsInput = {"to": "+15551234567", "text": "Hello"}  # type: ignore[typeddict-unknown-key]  # it is message
    result: PollResult = {
        "polledNoChanges": True,
        "published": 0,
        "events": 0,
        "truncated": False,
        "cursor": None,
        "skipped": False,
    }
    return asked or wrong, result
