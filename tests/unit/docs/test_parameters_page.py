"""docs/parameters.md says of the parameters what the template says."""

import re
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support.template import template

PAGE = (PROJECT_ROOT / "docs" / "parameters.md").read_text()
PARAMETERS = template()["Parameters"]
# Default, what is allowed and meaning by name, without the marks of code.
ROWS = {
    name: tuple(cell.replace("`", "") for cell in cells)
    for name, *cells in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
}


def bounds(parameter: dict[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(map(str, parameter["AllowedValues"]))
    if parameter["Type"] == "Number":
        return f"{parameter['MinValue']} to {parameter['MaxValue']}"
    return str(parameter["ConstraintDescription"]).removeprefix("must be ").removesuffix(".")


def test_the_page_has_the_groups_of_the_form_with_their_parameters() -> None:
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    sections = re.findall(r"^## (.+)\n((?:(?!##).*\n)*)", PAGE, re.MULTILINE)
    assert {title: re.findall(r"^\| `(\w+)`", section, re.MULTILINE) for title, section in sections} == {
        group["Label"]["default"]: group["Parameters"] for group in groups
    }


@pytest.mark.parametrize("name", PARAMETERS)
def test_default_bounds_and_meaning_are_the_templates(name: str) -> None:
    default, allowed, meaning = ROWS[name]
    assert default == (str(PARAMETERS[name]["Default"]) or "empty")
    assert allowed == bounds(PARAMETERS[name])
    # More may follow, as where to read on.
    assert meaning.startswith(PARAMETERS[name]["Description"])


def test_what_the_pages_deploy_with_are_parameters() -> None:
    pages = [PROJECT_ROOT / "README.md", *(PROJECT_ROOT / "docs").glob("*.md")]
    overrides = re.findall(r"sam deploy --parameter-overrides ([^\n`]+)", "\n".join(page.read_text() for page in pages))
    assert overrides
    assert set(re.findall(r"\b(\w+)=", " ".join(overrides))) <= PARAMETERS.keys()
