"""README's example of each function's input is one that the function takes."""

import json
import re
from contextlib import suppress

import pytest

from tests.integration.world import World
from tests.local.sam import PROJECT_ROOT
from twilio_connector.errors import TwilioNotFoundError

EXAMPLES = dict(
    re.findall(
        r"^### (\w+)Function\n.*?^```json\n(.*?)^```$",
        (PROJECT_ROOT / "README.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)


def test_every_function_that_is_invoked_has_an_example() -> None:
    assert EXAMPLES.keys() == {"SendSms", "GetSms", "ListMessages", "SelectMessage", "RawRequest", "Poll"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_is_taken(world: World, name: str) -> None:
    folder = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    with suppress(TwilioNotFoundError):
        assert world.invoke(folder, json.loads(EXAMPLES[name]))
