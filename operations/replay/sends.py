"""Failed sends as messages for the send queue, under the keys that they had, so that no text is sent twice."""

import json
from typing import Any

from operations.replay.dead_letters import DeadLetter, NotReplayableError
from twilio_connector.errors import InvalidInputError
from twilio_connector.sending.envelopes import unwrapped
from twilio_connector.strict_json import parse_json


def of_the_queue(letter: DeadLetter) -> str:
    """The input of a message that the send queue gave up, under the key that it has by default: its message ID.

    An envelope that the queue unwraps is removed, because a key next to the input would not be read. Raises
    :class:`NotReplayableError` for anything but an input.
    """
    document = _parse(letter.body)
    try:
        given = unwrapped(document)
    except InvalidInputError as exc:
        raise NotReplayableError from exc
    return _with_key(given, f"sqs:{letter.message_id}", letter.body if given == document else json.dumps(given))


def of_an_invocation(letter: DeadLetter) -> str:
    """The input in Lambda's record of an asynchronous invocation that failed, under its request ID.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    Raises :class:`NotReplayableError` for anything but such a record of a JSON object.
    """
    match _parse(letter.body):
        case {"requestContext": {"requestId": str(request_id)}, "requestPayload": dict(given)} if request_id:
            return _with_key(given, request_id, json.dumps(given))
    raise NotReplayableError


def _parse(body: str) -> Any:
    try:
        return parse_json(body)
    except ValueError as exc:
        raise NotReplayableError from exc


def _with_key(given: dict[str, Any], key: str, text: str) -> str:
    """*given*, whose JSON is *text*, with the idempotency key *key* unless it names one of its own."""
    named = given.get("idempotencyKey")
    if named is None or (isinstance(named, str) and not named.strip()):
        return json.dumps({**given, "idempotencyKey": key})
    return text
