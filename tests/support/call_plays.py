"""What each function is called for, by callers who go on as the documents ask them to, and what has to come of it.

A play is judged by what is in Twilio's account, on the bus and in the queues in the end. Allowed differences
from a run without faults are its *deviations*; `call_promises` has the sentences that allow them.
"""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from tests.support.call_faults import Fault, Outage
from tests.support.call_sites import Place
from tests.support.call_stack import CallStack, Ended
from twilio_connector.errors import (
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
    TwilioConnectorError,
    TwilioResponseError,
    TwilioThrottledError,
    TwilioUnavailableError,
)

SENDER, RECIPIENT = "+15555551234", "+15551234567"
# What a fault that is part of the play may end with, too.
PASSING = (
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
    TwilioThrottledError,
    TwilioUnavailableError,
)


def right_errors(job: str, outage: Outage) -> tuple[type[TwilioConnectorError], ...]:
    """What an invocation may end with that has met the *outage*, where it ends with an error."""
    fault, operation = outage.fault, outage.place.operation
    if not operation.startswith("Twilio's"):
        return (
            (ServiceUnavailableError, OutcomeUnknownError) if is_of_search(outage.place) else (ServiceUnavailableError,)
        )
    if job == "update_message":
        return (TwilioUnavailableError, TwilioThrottledError, TwilioResponseError)
    if is_of_search(outage.place):
        return (OutcomeUnknownError,)
    known = {Fault.REFUSED: TwilioUnavailableError, Fault.THROTTLED: TwilioThrottledError}
    if operation == "Twilio's GET":
        return (known.get(fault) or (TwilioResponseError if fault is Fault.MALFORMED else TwilioUnavailableError),)
    return (known.get(fault, OutcomeUnknownError),)


def is_of_search(place: Place) -> bool:
    """Whether a message is looked for that may have been sent."""
    return any(name.endswith(("_find", "._search", "_found_or_due")) and ".once." in name for name in place.functions)


def check_error(stack: CallStack, job: str, ended: Ended) -> None:
    """Fail where an invocation has ended with another error than it should, or with any that had no reason to."""
    assert not stack.unexpected, stack.unexpected
    if ended.error:
        outage, faults = stack.faults.outage, stack.faults
        allowed = right_errors(job, outage) if outage and ended.met else ()
        after = (SendInProgressError, OutcomeUnknownError) if outage and job == "send_sms" and not ended.met else ()
        given = PASSING if faults.was_given else ()
        assert type(ended.error) in (*allowed, *after, *given), f"{ended.error!r} after {outage}"


def asked(stack: CallStack, job: str, event: Any, waits: tuple[float, ...] = (1, 1)) -> Any:
    """The result that a caller gets who repeats what fails, after such *waits*."""
    for wait in (*waits, None):
        ended = stack.invoke(job, event)
        check_error(stack, job, ended)
        if ended.result is not None:
            return ended.result
        assert wait is not None, f"it goes on failing: {ended.error!r}"
        stack.clock.now += wait
    raise AssertionError


def is_doubled(ids: list[str]) -> int:
    """How many of these are there more than once."""
    return sum(Counter(ids).values()) - len(set(ids))


def ids_on(stack: CallStack) -> list[str]:
    """The ids of all events on the bus."""
    return [json.loads(entry["Detail"])["id"] for entry in stack.aws.bus.entries]


def reading(stack: CallStack, stage: str = "") -> set[str]:
    """Get, list and select, in a process that has been at work, through a rotation if a *stage* is given."""
    sids = stack.twilio.sandbox.add(7, spacing=-seconds_(1), body="An appointment")
    jobs: list[tuple[str, Any]] = [
        ("get_sms", {"messageSid": sids[0]}),
        ("list_messages", {"limit": 5}),
        ("select_message", {"limit": 5, "search": "appointment"}),
    ]
    for job, event in jobs:
        if stage:
            asked(stack, job, event)
    if stage:
        stack.rotate(stage)
    got, listed, selected = (asked(stack, job, event) for job, event in jobs)
    assert got["data"]["sid"] == sids[0]
    assert [each["sid"] for each in listed["data"]] == sids[:5]
    assert sids[0] in json.dumps(selected)
    if stage:
        # By then the secret is read again, and its pending version with it.
        stack.clock.now += 400
        assert asked(stack, *jobs[0])["data"]["sid"] == sids[0]
    return set()


def updating(stack: CallStack, stage: str = "") -> set[str]:
    """A redaction, a deletion and a cancellation."""
    sandbox = stack.twilio.sandbox
    first, second = sandbox.add(2)
    (third,) = sandbox.add(1, None, status="scheduled")
    actions = {"redact": first, "delete": second, "cancel": third}
    if stage:
        asked(stack, "update_message", {"messageSid": first, "action": "redact"})
        stack.rotate(stage)
    for action, sid in actions.items():
        result = asked(stack, "update_message", {"messageSid": sid, "action": action})
        assert result["data"]["sid"] == sid
    left = {message.sid: message for message in stack.twilio.messages}
    assert not left[first].body
    assert second not in left
    assert left[third].status == "canceled"
    return set()


def raw(stack: CallStack, stage: str = "") -> set[str]:
    """Raw requests: a list, and texts, repeated by a caller only where the error says that this is safe."""
    messages = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
    deviations = set()
    if stage:
        asked(stack, "raw_request", {"url": messages})
        stack.rotate(stage)
    for number in range(2):
        form = {"To": RECIPIENT, "From": SENDER, "Body": f"Raw {number}"}
        event = {"url": messages, "method": "POST", "formData": form, "maxRetries": 1}
        known: Any = None
        for _ in range(3):
            ended = stack.invoke("raw_request", event)
            check_error(stack, "raw_request", ended)
            known = ended.result
            if known or ended.is_killed or isinstance(ended.error, OutcomeUnknownError):
                break
            stack.clock.now += 1
        sent = sum(message.body == form["Body"] for message in stack.twilio.messages)
        assert sent <= 1, "texted twice"
        assert sent == 1 or not known, "it says so of what was not sent"
        if not known:
            deviations.add("raw unknown" if sent else "raw not sent")
    listed = asked(stack, "raw_request", {"url": messages})["data"]
    # What it is answered with, raw_request does not judge: what does not parse comes as text.
    if isinstance(listed, str):
        listed = asked(stack, "raw_request", {"url": messages})["data"]
    assert len(listed["messages"]) == len(stack.twilio.messages)
    return deviations


def seconds_(seconds: float) -> timedelta:
    """So many seconds."""
    return timedelta(seconds=seconds)
