"""The README's tables, and the pages that they lead to, leave out no function, no event and no error."""

import re

import pytest

from local.sam import PROJECT_ROOT
from local.schemas import SCHEMAS
from tests.support.template import FUNCTIONS
from twilio_connector import errors
from twilio_connector.settings import SettingsError

pytestmark = pytest.mark.docs

README, EVENTS = ((PROJECT_ROOT / page).read_text() for page in ("README.md", "docs/events.md"))
# What the schemas of several events share.
SHARED = {"message", "webhook"}
DETAIL_TYPES = {path.stem for path in SCHEMAS.glob("*.json")} - SHARED
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.TwilioConnectorError)
}


def first_cells(page: str, section: str) -> list[str]:
    """The names in the first column of the table of *section*, row by row."""
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [
        name for cell in re.findall(r"^\| (`.+?) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", cell)
    ]


def test_the_readme_has_a_row_for_every_function() -> None:
    assert sorted(first_cells(README, "Functions")) == sorted(FUNCTIONS)


@pytest.mark.parametrize("page", [README, EVENTS], ids=["README.md", "docs/events.md"])
def test_each_detail_type_has_a_row(page: str) -> None:
    named = first_cells(page, "Events")
    assert sorted(name.lower().replace(" ", "-") for name in named if not name.startswith("detail.")) == sorted(
        DETAIL_TYPES
    )


def test_each_error_has_a_row() -> None:
    assert sorted(first_cells(EVENTS, "Errors")) == sorted(
        ERRORS - {errors.TwilioConnectorError.__name__} | {SettingsError.__name__}
    )


def test_the_readme_is_read_in_a_few_minutes() -> None:
    """What grows beyond that belongs on a page of its own."""
    assert len(README.splitlines()) <= 205
    assert len(README.split()) <= 2_200
