"""Failed sends as messages for the send queue, under the keys that they had, so that none is sent twice."""

import json
from typing import Any

from operations.replay.dead_letters import DeadLetter, NotReplayableError


def of_the_queue(letter: DeadLetter) -> str:
    """The input that the send queue gave up, under the key that it has there by default: its message ID.

    Raises :class:`NotReplayableError` for what is no JSON object.
    """
    return _with_key(_parse(letter.body), f"sqs:{letter.message_id}", letter.body)


def of_an_invocation(letter: DeadLetter) -> str:
    """The input in Lambda's record of an asynchronous invocation that failed, under its request ID.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    Raises :class:`NotReplayableError` for what is no such record, or of no JSON object.
    """
    record = _parse(letter.body)
    context, given = record.get("requestContext"), record.get("requestPayload")
    request_id = context.get("requestId") if isinstance(context, dict) else None
    if not isinstance(request_id, str) or not request_id or not isinstance(given, dict):
        raise NotReplayableError
    return _with_key(given, request_id, json.dumps(given))


def _parse(body: str) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise NotReplayableError from exc
    if not isinstance(parsed, dict):
        raise NotReplayableError
    return parsed


def _with_key(given: dict[str, Any], key: str, text: str) -> str:
    """*given*, whose JSON is *text*, with the idempotency key *key* unless it names one of its own."""
    named = given.get("idempotencyKey")
    if named is None or (isinstance(named, str) and not named.strip()):
        return json.dumps({**given, "idempotencyKey": key})
    return text
