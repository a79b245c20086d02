"""README's examples: each function takes the input, and its result is of the form that is shown."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from local.schemas import validate_detail
from tests.support.example_account import EXAMPLE, add_example
from tests.support.examples import MESSAGE
from tests.support.world import World
from twilio_connector.sending.inputs import MAX_BODY, MAX_KEY, MAX_MEDIA, MAX_VALIDITY, SEND_INPUTS

README = (PROJECT_ROOT / "README.md").read_text()
MORE = "…"
# Enough to list for a second page, and to poll what the example says.
FURTHER_MESSAGES = {"ListMessages": 60, "Poll": 3}


def section(title: str) -> str:
    """What stands between a heading and the next one."""
    return README.partition(f" {title}\n")[2].partition("\n#")[0]


def blocks(title: str) -> list[Any]:
    """The JSON of a section; in objects and lists, ``…`` stands as a member of its own."""
    written = re.findall(r"^```json\n(.*?)^```$", section(title), re.MULTILINE | re.DOTALL)
    return [json.loads(re.sub(r", …([}\]])", _more, block)) for block in written]


def _more(end: re.Match[str]) -> str:
    return f', "{MORE}"' + (": null}" if end[1] == "}" else "]")


FUNCTIONS = re.findall(r"^### (\w+)Function$", README, re.MULTILINE)


def is_like(found: Any, shown: Any) -> bool:
    """Whether *found* is what is *shown*, but for what ``…`` leaves open and for which instant it is."""
    match shown:
        case dict():
            named = {name: value for name, value in shown.items() if name != MORE}
            names_match = found.keys() >= named.keys() if MORE in shown else found.keys() == named.keys()
            return names_match and all(is_like(found[name], value) for name, value in named.items())
        case [*first, more] if more == MORE:
            return len(found) > len(first) and all(map(is_like, found, first))
        case list():
            return len(found) == len(shown) and all(map(is_like, found, shown))
        case str() if shown.endswith(MORE):
            return bool(found.startswith(shown.removesuffix(MORE)))
    return bool(found == shown) or _form(found) == _form(shown) != ""


def _form(value: object) -> str:
    """The digits of an instant as zeros; empty for what is none."""
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    return re.sub(r"\d", "0", str(value))


def test_the_message_is_the_one_of_the_tests() -> None:
    (message,) = blocks("Functions")
    assert message == MESSAGE
    assert len(message) == 20


def test_every_function_that_is_invoked_has_an_input_and_a_result() -> None:
    assert set(FUNCTIONS) == {"SendSms", "GetSms", "ListMessages", "SelectMessage", "RawRequest", "Poll"}
    assert {name: len(blocks(f"{name}Function")) for name in FUNCTIONS} == dict.fromkeys(FUNCTIONS, 2)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_input_has_the_result(world: World, name: str) -> None:
    given, shown = blocks(f"{name}Function")
    add_example(world)
    sent = datetime.now(UTC) - timedelta(minutes=1)
    world.twilio.add(FURTHER_MESSAGES.get(name, 0), date_sent=sent)
    if "since" in given:
        # The README's own instant will one day be before what Twilio lists.
        given["since"] = (sent - timedelta(seconds=10)).isoformat()

    result = world.invoke(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), given | EXAMPLE)

    assert is_like(result, shown), result


def test_the_table_of_inputs_has_all_that_send_sms_takes_with_their_limits() -> None:
    table = section("SendSmsFunction")
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(SEND_INPUTS)
    for limit in (MAX_BODY, MAX_MEDIA, MAX_VALIDITY, MAX_KEY):
        assert f"{limit:,}" in table


def test_the_event_is_one_by_its_schema() -> None:
    (event,) = blocks("Events")
    assert event["source"] == "twilio.connector"
    validate_detail(event["detail-type"], event["detail"])
