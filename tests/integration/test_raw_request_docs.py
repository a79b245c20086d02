"""The examples of docs/raw-request.md: each request is sent, each answer beneath one is what comes of it."""

import json
import re
from typing import Any

from local.sam import PROJECT_ROOT
from tests.support.examples import ACCOUNT_SID, MESSAGE_SID
from tests.support.world import World
from twilio_connector.errors import TwilioConnectorError

PAGE = PROJECT_ROOT / "docs" / "raw-request.md"
BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def outcome_of(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """What the caller of the function sees: its result, or the error as Lambda reports it."""
    try:
        result: dict[str, Any] = world.invoke("raw_request", event)
    except TwilioConnectorError as exc:
        return {"errorType": type(exc).__name__, "errorMessage": str(exc)}
    return result


def test_the_examples_of_the_page_do_what_it_says(world: World) -> None:
    [sid] = world.twilio.add()
    page = PAGE.read_text().replace(MESSAGE_SID, sid).replace(ACCOUNT_SID, world.twilio.account_sid)
    outcomes: list[dict[str, Any]] = []
    answers = 0
    for block in map(json.loads, BLOCK.findall(page)):
        if "url" in block:
            outcomes.append(outcome_of(world, block))
            continue
        answers += 1
        if "headers" in block:
            outcomes[-1]["headers"] = {name: outcomes[-1]["headers"][name] for name in block["headers"]}
        assert outcomes[-1] == block
    assert [outcome.get("status") for outcome in outcomes] == [200, 204, 201, None, 201, None, None]
    assert answers == 4
    assert [(message.to, message.from_, message.body) for message in world.twilio.messages] == [
        ("+15551234567", "+15558675309", "Hello")
    ] * 2


def test_the_links_within_the_page_lead_to_its_sections() -> None:
    page = PAGE.read_text()
    sections = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.*)$", page, re.MULTILINE)}
    links = set(re.findall(r"\(#(.*?)\)", page))
    assert links
    assert links <= sections
