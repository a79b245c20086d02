"""Plays of send_sms, by callers and by its queue, and of redeliver."""

import json
from collections import Counter
from typing import Any

from tests.support.call_plays import RECIPIENT, SENDER, check_error, ids_on, is_doubled
from tests.support.call_stack import CallStack
from tests.support.simulated_aws import Queue
from tests.support.webhook_requests import load_event
from twilio_connector.errors import TwilioOptedOutError

HOLD = 900
OPTED_OUT = "+15557654321"
# A caller without an answer, or with an unknown outcome, repeats under the same key: soon, and after the hold.
WAITS = (1, 70, HOLD, HOLD, HOLD, HOLD)


def direct(stack: CallStack, *, content: dict[str, Any] | None = None, stage: str = "") -> set[str]:
    """A send under one key, repeated until the caller knows of its message, and once more; then one of another."""
    if stage:
        _send(stack, "order-0", content)
        stack.rotate(stage)
    before = len(stack.twilio.messages)
    first = _send(stack, "order-1", content)
    stack.faults.given = None
    assert _send(stack, "order-1", content) == first
    sent = stack.twilio.messages[before:]
    assert first in [message.sid for message in sent]
    deviations = set()
    if len(sent) > 1:
        assert len(sent) == 2, f"texted {len(sent)} times"
        deviations.add("texted twice" if content is None else "template texted twice")
    assert _send(stack, "order-2", content) != first
    if "MAX_SENDS_PER_DAY" in stack.environment:
        items = [each for each in stack.aws.dynamodb.items() if each["sk"]["S"].startswith("day#")]
        taken = sum(int(each["taken"]["N"]) for each in items)
        assert taken >= len(stack.twilio.messages), "more than were counted"
        if taken > len(stack.twilio.messages):
            deviations.add("counted too many")
    return deviations


def opted_out(stack: CallStack) -> set[str]:
    """A direct send to somebody who has opted out, whose event is published in addition to the error."""
    stack.twilio.sandbox.opted_out.add(OPTED_OUT)
    _send(stack, "order-0", None)
    stack.forget_soon("send_sms")
    for wait in WAITS:
        ended = stack.invoke("send_sms", _input("order-1", OPTED_OUT))
        if isinstance(ended.error, TwilioOptedOutError):
            break
        check_error(stack, "send_sms", ended)
        stack.clock.now += wait
    else:
        raise AssertionError("the caller does not hear of the opt-out")
    assert not stack.unexpected, stack.unexpected
    stack.faults.given = None
    stack.redeliver()
    ids, deviations = ids_on(stack), set()
    if not ids:
        deviations.add("opt-out not told")
    if is_doubled(ids):
        deviations.add("opt-out told twice")
    return deviations


def queued(stack: CallStack) -> set[str]:
    """A batch of the send queue: an input that cannot be sent, a good one, one to somebody who has opted out."""
    stack.twilio.sandbox.opted_out.add(OPTED_OUT)
    queue = Queue(stack.clock, visibility=360.0)
    queue.send(json.dumps({**_input("bad"), "unheardOf": 1}))
    for key, to in (("good", RECIPIENT), ("out", OPTED_OUT), ("last", "+15551230000")):
        queue.send(json.dumps(_input(key, to)))
    while queue.messages:
        ended = stack.receive("send_sms", queue)
        if ended is None:
            stack.clock.now = min(each.until for each in queue.messages)
        else:
            check_error(stack, "send_sms", ended)
        assert all(each.receives <= 5 for each in queue.messages), "given up"
    stack.faults.given = None
    stack.redeliver()
    texts = Counter(message.to for message in stack.twilio.messages if message.status != "failed")
    assert texts == {RECIPIENT: 1, "+15551230000": 1}, f"texts: {texts}"
    told = Counter[tuple[str, str]]()
    for entry in stack.aws.bus.entries:
        key = json.loads(entry["Detail"]).get("idempotencyKey") or json.loads(entry["Detail"])["id"]
        told[entry["DetailType"], key] += 1
    sent = sum(number for (kind, _), number in told.items() if kind == "Message Sent")
    failed = sum(number for (kind, _), number in told.items() if kind == "Message Send Failed")
    outs = sum(number for (kind, _), number in told.items() if kind == "Recipient Opted Out")
    kinds = Counter(kind for kind, _ in told)
    assert kinds["Message Sent"] == 2, f"told: {told}"
    assert kinds["Message Send Failed"] == 2, f"told: {told}"
    assert len(set(ids_on(stack))) <= 5, "an event that is repeated has another id"
    deviations = set()
    if (sent, failed) != (2, 2):
        deviations.add("outcome told twice")
    if not outs:
        deviations.add("opt-out not told")
    if outs > 1:
        deviations.add("opt-out told twice")
    return deviations


def redelivered(stack: CallStack) -> set[str]:
    """Events that the bus has refused; if that is given, it goes on refusing once."""
    (record,) = load_event("undelivered-queue")["Records"]
    stored = json.loads(record["body"])
    expected = {f"SM{number:032x}:delivered" for number in range(3)}
    for event_id in expected:
        detail = json.dumps({**json.loads(stored["detail"]), "id": event_id})
        stack.aws.undelivered.send(json.dumps({**stored, "detail": detail}))
    stack.receive("redeliver", stack.aws.undelivered)
    stack.faults.given = None
    stack.redeliver()
    assert not stack.unexpected, stack.unexpected
    ids = ids_on(stack)
    assert set(ids) == expected, "lost"
    return {"redelivered twice"} if is_doubled(ids) else set()


def _input(key: str, to: str = RECIPIENT, content: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"to": to, "from": SENDER, "idempotencyKey": key, **(content or {"message": f"Hello {key}"})}


def _send(stack: CallStack, key: str, content: dict[str, Any] | None) -> str:
    """The SID that a caller gets who asks until there is one."""
    for wait in WAITS:
        ended = stack.invoke("send_sms", _input(key, content=content))
        if ended.result is not None:
            assert not stack.unexpected, stack.unexpected
            return str(ended.result["data"]["sid"])
        check_error(stack, "send_sms", ended)
        stack.clock.now += wait
    raise AssertionError(f"in the end nobody knows of the message: {ended.error!r}")
