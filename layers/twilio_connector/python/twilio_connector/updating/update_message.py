"""The action update_message: cancels a scheduled message, redacts the text of one, or deletes one.

Each of the three may be asked for twice without harm. So where an answer is lost, the message is read, and what it does
not show is asked for again: the caller never hears that the outcome is unknown.

https://www.twilio.com/docs/messaging/api/message-resource#update-a-message-resource
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twilio_connector.errors import (
    InvalidInputError,
    OutcomeUnknownError,
    TwilioConnectorError,
    TwilioNotFoundError,
    TwilioRejectedError,
    TwilioResponseError,
    TwilioUnavailableError,
)
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.invocation.observability import count
from twilio_connector.twilio.client import ClientOf, TwilioClient
from twilio_connector.twilio.message import message_sid, to_message
from twilio_connector.twilio.request import READ_SECONDS
from twilio_connector.twilio.retries import full_jitter
from twilio_connector.updating.budget import ATTEMPTS, MIN_REQUEST_SECONDS, READ_BACK_SECONDS

Resource = dict[str, Any]

# https://www.twilio.com/docs/api/errors/30409
CANNOT_BE_CANCELED = 30409


@dataclass(frozen=True)
class Change:
    """What *asks* Twilio for an action, within so many seconds; whether a message *is_made* so, or *is_too_late*."""

    asks: Callable[[TwilioClient, str, float], Resource]
    is_made: Callable[[Resource], bool]
    is_too_late: Callable[[Resource], bool] = lambda _: False


def _cancel(client: TwilioClient, sid: str, seconds: float) -> Resource:
    return client.update_message(sid, [("Status", "canceled")], seconds)


def _redact(client: TwilioClient, sid: str, seconds: float) -> Resource:
    return client.update_message(sid, [("Body", "")], seconds)


def _delete(client: TwilioClient, sid: str, seconds: float) -> Resource:
    client.delete_message(sid, seconds)
    return {"sid": sid}


CHANGES = {
    "cancel": Change(
        _cancel,
        is_made=lambda message: message.get("status") == "canceled",
        is_too_late=lambda message: message.get("status") != "scheduled",
    ),
    "redact": Change(_redact, is_made=lambda message: not message.get("body")),
    # Twilio's 404 shows that it is made.
    "delete": Change(_delete, is_made=lambda _: False),
}


def update_message(
    event: object, client_of: ClientOf, sleep: Callable[[float], None] = time.sleep
) -> dict[str, dict[str, Any]]:
    """``{connection?, messageSid, action}`` -> ``{"data": message}``; of a deleted message only its SID is left.

    *action* is ``cancel``, ``redact`` or ``delete``. What is canceled, redacted or deleted already stays so, and a SID
    that Twilio does not know counts as deleted. Raises :class:`InvalidInputError`, :class:`TwilioRejectedError` for
    what Twilio refuses (30409: too late to cancel; 20009: too early to delete), :class:`TwilioUnavailableError` where
    the change was not confirmed, and the other errors of the client, but never :class:`OutcomeUnknownError`.
    """
    inputs = Inputs(event, ["messageSid", "action"])
    sid = message_sid(inputs.required("messageSid"))
    action = inputs.required("action").strip()
    if action not in CHANGES:
        raise InvalidInputError(f"action must be one of {', '.join(CHANGES)}.")
    client = client_of(inputs.connection)
    try:
        resource = _make(CHANGES[action], client, sid, sleep)
    except TwilioNotFoundError:
        if action != "delete":
            raise
        resource = {"sid": sid}
    return {"data": to_message(resource)}


def _make(change: Change, client: TwilioClient, sid: str, sleep: Callable[[float], None]) -> Resource:
    """Ask for *change*, and again where its answer is lost and the message does not show it; returns the message."""
    failure: TwilioConnectorError
    for failures in range(1, ATTEMPTS + 1):
        try:
            return change.asks(client, sid, _seconds_to_ask(client))
        except (OutcomeUnknownError, TwilioResponseError, TwilioRejectedError) as exc:
            failure = exc
        found = _read_back(client, sid)
        if found and change.is_made(found):
            return found
        if found and isinstance(failure, TwilioRejectedError):
            # What Twilio refuses it may refuse because it is done: so only now.
            raise type(failure)(_with_status(str(failure), found), status=failure.status, code=failure.code)
        if found and change.is_too_late(found):
            raise TwilioRejectedError(_with_status("The change comes too late", found), code=CANNOT_BE_CANCELED)
        pause = full_jitter(failures)
        if failures == ATTEMPTS or client.deadline.remaining() < pause + MIN_REQUEST_SECONDS + READ_BACK_SECONDS:
            break
        count("TwilioRetries")
        sleep(pause)
    raise TwilioUnavailableError(
        f"Twilio did not confirm the change, nor does the message show it: {failure}", status=failure.status
    ) from failure


def _seconds_to_ask(client: TwilioClient) -> float:
    return min(READ_SECONDS, max(MIN_REQUEST_SECONDS, client.deadline.remaining() - READ_BACK_SECONDS))


def _read_back(client: TwilioClient, sid: str) -> Resource | None:
    """The message as it is now; None where Twilio's answer shows none. Raises the other errors of the client."""
    try:
        message = client.fetch_message(sid)
    except TwilioResponseError:
        return None
    return message if isinstance(message.get("sid"), str) else None


def _with_status(sentence: str, message: Resource) -> str:
    return f"{sentence} (the message is {str(message.get('status'))[:20]})."
