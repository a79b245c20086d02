"""Each example in JSON on each page: calls are made and have the result shown, messages and events are real ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.schemas import validate_detail, validate_document
from operations.doctor.code import FUNCTIONS
from tests.support.example_account import add_example, brought_up_to_date
from tests.support.examples import MESSAGE
from tests.support.page_examples import AND_MORE, MORE, Example, examples, examples_of, is_like
from tests.support.pages import PAGES, blocks, name_of
from tests.support.world import World
from twilio_connector.errors import TwilioConnectorError

CALLS = examples("call")
# What no caller invokes: Twilio and a queue do.
NOT_CALLED = {"webhook", "redeliver"}
# Enough to list for a second page, and to poll what the example says.
FURTHER_MESSAGES = {"list_messages": 60, "poll": 3, "reconcile": 3}
STATUSES = {"GET": 200, "POST": 201, "DELETE": 204}
# Other blocks contain commands, which tests/unit/docs/test_documents.py looks after; code for the kit, which
# tests/unit/kit/test_page.py runs; the CDK app, which tests/integration/test_cdk.py runs; drawings; output.
OTHER_LANGUAGES = {"sh", "python", "js", "mermaid", ""}


def outcome_of(world: World, job: str, given: dict[str, Any]) -> dict[str, Any]:
    """What the caller of the function sees: its result, or the error as Lambda reports it."""
    try:
        result: dict[str, Any] = world.invoke(job, given)
    except TwilioConnectorError as exc:
        return {"errorType": type(exc).__name__, "errorMessage": str(exc)}
    return result


def schema_of(job: str) -> str:
    return job.replace("_", "-")


def texts(world: World) -> list[tuple[str, str | None, str | None]]:
    return [(message.to, message.from_, message.body) for message in world.twilio.messages]


def texts_of(call: Example, outcome: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """What the recipient of the texts of *call* has to have got."""
    if call.job == "send_sms":
        message = outcome["data"]
        return [(message["to"], message["from"], call.given["message"])]
    if call.job == "raw_request" and outcome.get("status") == 201:
        # So the page says in each of the encodings that it shows.
        return [("+15551234567", "+15558675309", "Hello")]
    return []


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_call_has_the_outcome_shown_and_sends_what_it_says(world: World, call: Example) -> None:
    # Twilio redacts and deletes a message only when it is complete.
    needs_complete = call.job == "update_message" or call.given.get("method") == "DELETE"
    add_example(world, status="delivered" if needs_complete else MESSAGE["status"])
    sent = datetime.now(UTC) - timedelta(minutes=1)
    world.twilio.add(FURTHER_MESSAGES.get(call.job, 0), date_sent=sent)
    before = len(texts(world))

    outcome = outcome_of(world, call.job, brought_up_to_date(call.given, sent))

    assert is_like(outcome, call.shown or AND_MORE), outcome
    if "errorType" not in outcome:
        # In the plain form that the consumer's kit has types for.
        validate_document(f"inputs/{schema_of(call.job)}", call.given)
        validate_document(f"results/{schema_of(call.job)}", outcome)
    assert call.shown or "errorType" not in outcome
    if call.job == "raw_request" and "errorType" not in outcome:
        assert outcome["status"] == STATUSES[call.given.get("method", "GET")]
    assert texts(world)[before:] == texts_of(call, outcome)


def test_every_function_that_is_called_has_a_section_with_an_input_and_its_result() -> None:
    sections = [call.job for call in CALLS if call.heading.endswith("Function")]
    assert sorted(sections) == sorted(FUNCTIONS.keys() - NOT_CALLED)
    assert all(call.shown for call in CALLS if call.heading.endswith("Function"))


def test_the_raw_requests_show_each_kind_of_success_and_of_error() -> None:
    raw = [call for call in CALLS if call.job == "raw_request"]
    assert {call.given.get("method", "GET") for call in raw} == STATUSES.keys()
    assert {call.shown["errorType"] for call in raw if call.shown and "errorType" in call.shown} >= {
        "InvalidInputError",
        "TwilioNotFoundError",
        "TwilioRejectedError",
    }
    assert {name for call in raw for name in call.given} >= {"queryParams", "headers", "data", "formData", "fileData"}


def test_the_message_is_the_one_of_the_tests() -> None:
    messages = examples("message")
    assert messages
    for message in messages:
        assert message.given == MESSAGE
        assert len(message.given) == 20


def test_events_are_events_by_their_schema() -> None:
    events = examples("event")
    assert events
    for event in events:
        assert event.given["source"] == "twilio.connector"
        validate_detail(event.given["detail-type"], event.given["detail"])


def test_no_block_is_in_a_language_that_nothing_looks_at() -> None:
    for page in PAGES:
        text = page.read_text()
        found = list(blocks(text))
        assert text.count("```") == 2 * len(found), f"{name_of(page)}: a fence is not where its line begins or ends"
        assert {block.language for block in found} <= {"json"} | OTHER_LANGUAGES, name_of(page)


@pytest.mark.parametrize(
    "block",
    ['{"accountSid": "AC1"}', "[1]", '{"detail-type": "Message Received"}'],
)
def test_an_example_of_no_format_that_is_known_is_not_passed_over(block: str) -> None:
    with pytest.raises(ValueError, match="A section: neither a message"):
        examples_of("page.md", f"# A page\n\n## A section\n\n```json\n{block}\n```\n")


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": None, MORE: None}),
        ({"a": 2, "b": 1}, {"a": 1, MORE: None}),
        ([1], [1, MORE]),
        ([1, 2], [1]),
        ("SM1", f"MM{MORE}"),
        ("2026-03-15T14:32:10Z", "2026-03-15T14:32:10.000Z"),
        ("b", "a"),
    ],
)
def test_what_is_not_as_shown_is_not_passed_over(found: Any, shown: Any) -> None:
    assert is_like(shown, shown)
    assert not is_like(found, shown)
