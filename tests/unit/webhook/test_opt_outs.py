"""Opt-outs and opt-ins, and the message or status that shows them, which they never disturb."""

import json
from typing import Any

import pytest

from tests.support.fakes import TIMED_OUT
from tests.support.metric_lines import emitted
from tests.support.webhook_deployment import Deployment
from tests.support.webhook_requests import ACCOUNT_SID, INBOUND, MESSAGE_SID, STATUS, form_event, get_event
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.invocation.observability import metrics

OUT, IN = "Recipient Opted Out", "Recipient Opted In"
CUSTOMER, OURS, SERVICE = "+15558675309", "+15551234567", "MG" + "1" * 32
TEXT = {**INBOUND, "From": CUSTOMER, "To": OURS}
REFUSED = {**STATUS, "From": OURS, "To": CUSTOMER, "MessageStatus": "failed", "ErrorCode": "21610"}
OUT_WORDS = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]
IN_WORDS = ["START", "YES", "UNSTOP"]


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def published(deployed: Deployment) -> list[tuple[str, dict[str, Any]]]:
    return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in deployed.bus.entries]


def told(deployed: Deployment, form: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The details of the opt-outs and opt-ins that *form* becomes, in addition to its own event."""
    before = len(deployed.bus.entries)
    assert deployed.status_of(form_event(form)) in (200, 204)
    (first, _), *others = published(deployed)[before:]
    assert first in ("Message Received", "Message Status Updated", "Webhook Received")
    return dict(others)


def test_an_opt_out_says_whose_and_of_which_sender(deployed: Deployment) -> None:
    form = {**TEXT, "Body": "Arret", "OptOutType": "STOP", "MessagingServiceSid": SERVICE}
    assert told(deployed, form) == {
        OUT: {
            "id": f"optout:{MESSAGE_SID}",
            "connection": "default",
            "accountSid": ACCOUNT_SID,
            "receivedAt": deployed.bus.details("Message Received")[0]["receivedAt"],
            "body": {
                "data": {
                    "recipient": CUSTOMER,
                    "sender": OURS,
                    "messagingServiceSid": SERVICE,
                    "reason": "keyword",
                    "inferred": False,
                    "messageSid": MESSAGE_SID,
                }
            },
        }
    }


@pytest.mark.parametrize(("words", "detail_type"), [(OUT_WORDS, OUT), (IN_WORDS, IN)], ids=["out", "in"])
def test_a_default_keyword_as_the_whole_text_tells_so_by_inference(
    deployed: Deployment, words: list[str], detail_type: str
) -> None:
    for word in words:
        for body in (word, word.lower(), word.title(), f" {word}\n"):
            [(found, detail)] = told(deployed, {**TEXT, "Body": body}).items()
            data = detail["body"]["data"]
            assert (found, data["reason"], data["inferred"]) == (detail_type, "keyword", True)
            assert (data["messagingServiceSid"], detail["id"]) == (None, f"optout:{MESSAGE_SID}")


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "HELP",
        "INFO",
        "STOP PLEASE",
        "PLEASE STOP",
        "STOP.",
        "S TOP",
        "NONSTOP",
        "\u017ftop",
        "STOP STOP",
        "Yes!",
    ],
)
def test_any_other_text_tells_nothing(deployed: Deployment, body: str) -> None:
    assert told(deployed, {**TEXT, "Body": body}) == {}


@pytest.mark.parametrize(
    ("opt_out_type", "body", "expected"),
    [
        ("STOP", "Aufh\u00f6ren", OUT),
        ("START", "Weiter", IN),
        ("HELP", "HELP", None),
        ("HELP", "STOP", None),
        ("START", "STOP", IN),
        ("STOP", "START", OUT),
        ("LATER", "STOP", None),
    ],
)
def test_what_advanced_opt_out_says_beats_the_text(
    deployed: Deployment, opt_out_type: str, body: str, expected: str | None
) -> None:
    found = told(deployed, {**TEXT, "Body": body, "OptOutType": opt_out_type})
    assert list(found) == ([expected] if expected else [])
    assert all(detail["body"]["data"]["inferred"] is False for detail in found.values())


def test_a_status_tells_of_an_opt_out_by_its_code(deployed: Deployment) -> None:
    found = told(deployed, REFUSED)
    data = found[OUT]["body"]["data"]
    assert (data["recipient"], data["sender"], data["messageSid"]) == (CUSTOMER, OURS, MESSAGE_SID)
    assert (data["reason"], data["inferred"], found[OUT]["id"]) == ("21610", False, f"optout:{MESSAGE_SID}")


@pytest.mark.parametrize(
    "form",
    [
        {**REFUSED, "ErrorCode": "30003"},
        {**REFUSED, "ErrorCode": ""},
        {**REFUSED, "To": ""},
        {**STATUS, "Body": "STOP", "OptOutType": "STOP"},
        {**TEXT, "ErrorCode": "21610"},
        {**TEXT, "Body": "STOP", "From": ""},
        {
            "EventType": "onMessageAdded",
            "Body": "STOP",
            "Author": CUSTOMER,
            "From": CUSTOMER,
            "AccountSid": ACCOUNT_SID,
        },
        {"ErrorCode": "21610", "To": CUSTOMER, "AccountSid": ACCOUNT_SID},
    ],
)
def test_nothing_else_tells_of_one(deployed: Deployment, form: dict[str, str]) -> None:
    assert told(deployed, form) == {}


def test_a_message_by_get_tells_of_one_too(deployed: Deployment) -> None:
    assert deployed.status_of(get_event({**TEXT, "Body": "STOP"})) == 200
    assert [detail_type for detail_type, _ in published(deployed)] == ["Message Received", OUT]


def test_without_a_sid_the_id_is_that_of_the_pair_and_the_day_and_shows_no_number(deployed: Deployment) -> None:
    form = {name: value for name, value in TEXT.items() if name != "MessageSid"} | {"Body": "STOP"}
    ids = [told(deployed, form)[OUT]["id"]]
    deployed.clock.now += 60
    ids.append(told(deployed, form)[OUT]["id"])
    ids += [told(deployed, {**form, name: "+15550001111"})[OUT]["id"] for name in ("From", "To")]
    deployed.clock.now += 86_400
    ids.append(told(deployed, form)[OUT]["id"])
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert all("1555" not in each and "5309" not in each for each in ids)


def test_both_travel_in_one_call(deployed: Deployment) -> None:
    deployed.bus.clock, deployed.bus.seconds = deployed.clock, 1.0
    began = deployed.clock.now
    assert deployed.status_of(form_event({**TEXT, "Body": "STOP"})) == 200
    assert deployed.clock.now - began == 1.0


@pytest.mark.parametrize("form", [{**TEXT, "Body": "STOP"}, REFUSED], ids=["keyword", "status"])
@pytest.mark.parametrize("refused", [1, 2])
def test_what_the_bus_refuses_waits_in_the_queue(deployed: Deployment, refused: int, form: dict[str, str]) -> None:
    deployed.bus.refusals = [refused] * 3
    assert deployed.status_of(form_event(form)) in (200, 204)
    kept = [UndeliveredQueue.parse(body).detail_type for body in deployed.queue.bodies]
    assert [*(detail_type for detail_type, _ in published(deployed)), *kept][-1] == OUT
    assert (len(deployed.bus.entries), len(kept)) == (2 - refused, refused)


@pytest.mark.parametrize("form", [{**TEXT, "Body": "STOP"}, REFUSED], ids=["keyword", "status"])
def test_an_opt_out_that_can_be_stored_nowhere_does_not_refuse_the_message(
    deployed: Deployment, form: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.bus.refusals = [1, 1, 1]
    deployed.queue.failure = TIMED_OUT
    assert deployed.status_of(form_event(form)) in (200, 204)
    assert [detail_type for detail_type, _ in published(deployed)].count(OUT) == 0
    assert len(deployed.bus.entries) == 1
    metrics.flush_metrics()
    assert ("EventsLost", 1.0) in {(name, value) for name, _, value in emitted(capsys.readouterr().out)}


def test_a_message_that_can_be_stored_nowhere_is_refused_all_the_same(deployed: Deployment) -> None:
    deployed.bus.failure = deployed.queue.failure = TIMED_OUT
    assert deployed.status_of(form_event({**TEXT, "Body": "STOP"})) == 503


def test_a_queue_that_takes_the_message_alone_is_enough(deployed: Deployment) -> None:
    deployed.refuse_all()
    now = deployed.clock.now
    deployed.status_of(form_event({**TEXT, "Body": "STOP"}))
    message, opt_out = deployed.queue.bodies
    for refused, status in ((opt_out, 200), (message, 503)):
        deployed.clock.now, deployed.queue.refused = now, {refused}
        assert deployed.status_of(form_event({**TEXT, "Body": "STOP"})) == status
