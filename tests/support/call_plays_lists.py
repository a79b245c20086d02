"""Plays of poll, reconcile and the webhook."""

import json
import math
from collections import Counter
from typing import Any

from tests.support.call_plays import check_error, ids_on, is_doubled, seconds_
from tests.support.call_stack import CallStack, Ended
from tests.support.simulated_twilio import PAGE_SIZE
from tests.support.webhook_requests import AUTH_TOKEN, form_event
from tests.support.world import TABLE
from twilio_connector.instants import iso_second
from twilio_connector.listing.budget import LEASE_GRACE_SECONDS
from twilio_connector.state.sent_messages import sent_message_key
from twilio_connector.webhook.budget import REFRESH_SECONDS

OVERLAP = 30
# Longer than a call of a function holds the cursor that it has begun with.
LEASE = 300 + LEASE_GRACE_SECONDS + 1


def polled(stack: CallStack, *, stage: str = "", oversize: bool = False) -> set[str]:
    """A cursor from a backlog on: pages, a second of several, undated messages, a truncated poll, a skipped time."""
    sandbox, clock = stack.twilio.sandbox, stack.clock
    sandbox.add(7, clock.utc() - seconds_(60), spacing=seconds_(3))
    _poll(stack, {"since": iso_second(int(clock.now) - 300)})
    if stage:
        stack.rotate(stage)
    if not stack.faults.is_over:
        _poll_bursts(stack, oversize=oversize)
    clock.now += 400
    sandbox.add(2, clock.utc() - seconds_(5))
    _poll(stack)
    if not stack.faults.is_over:
        _poll(stack, {"showNewRecords": False})
    clock.now += 400
    sandbox.add(1, clock.utc() - seconds_(5))
    _poll(stack)
    stack.faults.given = None
    # What no call of the bus can hold waits there for a person.
    kept = [json.loads(json.loads(each.body)["detail"]) for each in stack.aws.undelivered.messages]
    created = stack.aws.bus.created() + [it["sid"] for each in kept for it in each["body"]["data"]["created"]]
    assert set(created) == {message.sid for message in stack.twilio.messages}, "lost"
    doubled = is_doubled(created)
    assert doubled <= most_repeated(stack), f"{doubled} published twice"
    return {"polled twice"} if doubled else set()


def most_repeated(stack: CallStack) -> float:
    """How many messages may be published again: a page or, where they were taken without an answer, all."""
    outage = stack.faults.outage
    if not outage:
        return 0
    is_taken = outage.place.operation.startswith(("PutEvents", "SendMessageBatch")) and outage.fault.is_done
    return math.inf if is_taken else PAGE_SIZE


def _poll_bursts(stack: CallStack, *, oversize: bool) -> None:
    """Let more come than a poll takes, undated ones among them, which then get their dates."""
    sandbox, clock = stack.twilio.sandbox, stack.clock
    clock.now += OVERLAP
    sandbox.add(8, clock.utc() - seconds_(9))
    sandbox.add(7, clock.utc() - seconds_(8), spacing=seconds_(1))
    undated = sandbox.add(2, None, status="queued")
    if oversize:
        sandbox.add(1, clock.utc() - seconds_(3), body="x" * 300_000)
    _poll(stack)
    clock.now += 10
    for sid in undated:
        sandbox.update_status(sid, "sent")
    sandbox.add(4, clock.utc() - seconds_(2))
    clock.now += 3
    _poll(stack)


def _poll(stack: CallStack, event: dict[str, Any] | None = None) -> None:
    """Poll until all is read, as a schedule does: after a poll that was killed, its lease is waited for."""
    while True:
        result = _scheduled(stack, "poll", event or {})
        if not result["truncated"]:
            return


def _scheduled(stack: CallStack, job: str, event: dict[str, Any]) -> Any:
    for _ in range(4):
        ended: Ended = stack.invoke(job, event)
        check_error(stack, job, ended)
        if ended.result and not ended.result["skipped"]:
            return ended.result
        stack.clock.now += LEASE
    raise AssertionError("it goes on failing")


def reconciled(stack: CallStack, *, stage: str = "") -> set[str]:
    """A cursor of statuses: messages of this stack and of others end, and one changes once more."""
    sandbox, clock = stack.twilio.sandbox, stack.clock
    since = iso_second(int(clock.now) - 60)
    _end(stack, 4)
    _scheduled(stack, "reconcile", {"since": since})
    if stage:
        stack.rotate(stage)
    for number in (2,) if stack.faults.is_over else (3, 2):
        clock.now += 400
        _end(stack, number)
        _scheduled(stack, "reconcile", {})
    clock.now += 400
    sandbox.update_status(stack.twilio.messages[0].sid, "read")
    for _ in range(2):
        clock.now += 400
        _scheduled(stack, "reconcile", {})
    stack.faults.given = None
    stack.redeliver()
    statuses: dict[str, Counter[str]] = {}
    said: dict[str, set[str]] = {}
    for detail in stack.aws.bus.details("Message Status Updated"):
        statuses.setdefault(detail["body"]["data"]["MessageSid"], Counter())[detail["id"]] += 1
        said.setdefault(detail["id"], set()).add(detail["body"]["data"]["MessageStatus"])
    for message in stack.twilio.messages:
        assert any(message.status in said[each] for each in statuses.get(message.sid, {})), "lost"
    assert all(len(each) == 1 for each in said.values()), "an id says two things"
    doubled = sum(sum(each.values()) - len(each) for each in statuses.values())
    assert doubled <= most_repeated(stack), f"{doubled} published twice"
    deviations = {"reconciled twice"} if doubled else set()
    counted = [each["pk"]["S"] for each in stack.aws.dynamodb.items() if "#outcome#" in each["pk"]["S"]]
    ours = [message for number, message in enumerate(stack.twilio.messages) if number % 2 == 0]
    assert len(counted) <= len(ours)
    return deviations | ({"outcome not counted"} if len(counted) < len(ours) else set())


def _end(stack: CallStack, number: int) -> None:
    """Let so many messages be delivered, every other one of which this stack sent."""
    sandbox = stack.twilio.sandbox
    for _ in range(number):
        place = len(stack.twilio.messages)
        (sid,) = sandbox.add(1, stack.clock.utc() - seconds_(20), status="delivered")
        if place % 2 == 0:
            item: Any = {**sent_message_key(sandbox.account_sid, sid), "callback": {"N": "1"}}
            stack.aws.dynamodb.put_item(TableName=TABLE, Item=item)


def hooked(stack: CallStack) -> set[str]:
    """Webhooks: a text, an opt-out, a status; through a rotation; of a connection whose token is in a second secret."""
    account, token = stack.twilio.sandbox.account_sid, stack.twilio.sandbox.auth_token
    beside = {"accountSid": account, "apiKeySid": "SK" + "0" * 32, "apiKeySecret": "secret"}
    stack.aws.put_secret("beside", beside)
    stack.aws.put_secret("beside/auth-token", {"authToken": AUTH_TOKEN})
    sid = "SM{:032x}".format
    inbound = {
        "SmsStatus": "received",
        "AccountSid": account,
        "Body": "Hello",
        "From": "+15551234567",
        "To": "+15558675309",
    }
    status = {"MessageStatus": "delivered", "AccountSid": account, "To": "+15551234567"}
    _deliver(stack, {**inbound, "MessageSid": sid(1)}, token)
    _deliver(stack, {**inbound, "MessageSid": sid(2), "Body": "STOP", "OptOutType": "STOP"}, token)
    _deliver(stack, {**status, "MessageSid": sid(3)}, token)
    rotated = "abcdef0123456789abcdef0123456789"
    stack.aws.put_secret("default", {"accountSid": account, "authToken": rotated}, "AWSPENDING")
    _deliver(stack, {**status, "MessageSid": sid(4)}, rotated)
    stack.aws.put_secret("default", {"accountSid": account, "authToken": token}, "AWSPREVIOUS")
    stack.aws.put_secret("default", {"accountSid": account, "authToken": rotated})
    stack.clock.now += 400
    _deliver(stack, {**status, "MessageSid": sid(5)}, token)
    _deliver(stack, {**status, "MessageSid": sid(6)}, AUTH_TOKEN, "beside")
    stack.aws.put_secret("beside/auth-token", {"authToken": rotated}, "AWSPENDING")
    stack.clock.now += 60
    _deliver(stack, {**status, "MessageSid": sid(7)}, rotated, "beside")
    assert stack.invoke("webhook", form_event(status, token=token, connection="nobody")).result["statusCode"] in (
        404,
        503,
    )
    stack.faults.given = None
    stack.redeliver()
    ids = ids_on(stack)
    details = [json.loads(entry["Detail"]) for entry in stack.aws.bus.entries]
    told = {each["body"]["data"].get("MessageSid") for each in details}
    assert {sid(number) for number in range(1, 8)} <= told, "lost"
    assert len(set(ids)) == 8, f"{len(set(ids))} ids of 7 webhooks and an opt-out"
    return ({"webhook twice"} if is_doubled(ids) else set()) | ({"webhook late"} if stack.refused else set())


def _deliver(stack: CallStack, parameters: dict[str, str], token: str, connection: str = "default") -> None:
    """Deliver a webhook as Twilio does: up to six times, in 15 seconds."""
    for _ in range(6):
        ended = stack.invoke("webhook", form_event(parameters, token=token, connection=connection))
        assert not stack.unexpected, stack.unexpected
        assert not ended.error, repr(ended.error)
        if ended.result and ended.result["statusCode"] < 400:
            return
        assert not ended.result or ended.result["statusCode"] == 503, f"refused with {ended.result['statusCode']}"
        stack.clock.now += 1
    outage = stack.faults.outage
    assert outage, "it is never acknowledged"
    assert outage.place.module.endswith("signing_keys"), "it is never acknowledged"
    # What a refresh would have found is looked for once in so many seconds.
    stack.clock.now += REFRESH_SECONDS
    stack.refused.append(outage)
    _deliver(stack, parameters, token, connection)
