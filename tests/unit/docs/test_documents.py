"""The pages: no command is left out of the tests, and no link leads nowhere."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from local.sam import PROJECT_ROOT
from tests.support.documents import commands
from tests.support.pages import PAGES, name_of
from tests.support.template import FUNCTIONS, expanded

# A link that leads elsewhere in the project: a path, a section of it or of the page itself.
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)")
# Where the shell commands of a page are run.
RUN_IN = {
    "README.md": "tests/e2e/test_readme.py",
    "docs/connections.md": "tests/e2e/test_connections.py",
    "docs/consumers.md": "tests/e2e/test_sending_docs.py",
    "docs/migration.md": "tests/e2e/test_readme.py",
    "docs/parameters.md": "tests/e2e/test_readme.py",
    "docs/runbook.md": "tests/e2e/test_runbook.py",
    "docs/sending.md": "tests/e2e/test_sending_docs.py",
}
# What the README leaves to make, and what that prints.
LOCAL = "tests/e2e/test_local_commands.py"

# Services by their names in types of resources, where people call them otherwise.
CALLED = {
    "ApiGatewayV2": "API Gateway",
    "Events": "EventBridge",
    "Logs": "CloudWatch and its logs",
    "Scheduler": "EventBridge Scheduler",
}


def test_every_page_with_commands_is_run_by_a_test() -> None:
    assert {name_of(page) for page in PAGES if commands(page)} == RUN_IN.keys()
    for page, test in RUN_IN.items():
        assert Path(page).name in (PROJECT_ROOT / test).read_text()


def test_make_docs_check_is_these_tests() -> None:
    (listed,) = re.findall(r"^DOCS_TESTS := ((?:.*\\\n)*.*)$", (PROJECT_ROOT / "Makefile").read_text(), re.MULTILINE)
    this = str(Path(__file__).relative_to(PROJECT_ROOT))
    assert sorted(listed.replace("\\\n", "").split()) == sorted({this, LOCAL, *RUN_IN.values()})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for target, _, section in LINK.findall(page.read_text()):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{target} is not there"
        if section:
            titles = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert section in anchors, f"{target} has no section {section}"


def test_links_of_every_kind_are_found() -> None:
    links = [link for page in PAGES for link in LINK.findall(page.read_text())]
    assert {(bool(target), bool(section)) for target, _, section in links} == {
        (True, True),
        (True, False),
        (False, True),
    }


def test_every_template_to_copy_is_deployed_by_the_commands_of_a_page() -> None:
    deployed = "\n".join(block for page in PAGES for block in commands(page))
    templates = sorted((PROJECT_ROOT / "docs" / "examples").iterdir())
    assert templates
    assert [each.name for each in templates if name_of(each) not in deployed] == []


def test_the_tests_that_the_guarantees_name_are_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", (PROJECT_ROOT / "docs" / "guarantees.md").read_text())
    assert named
    assert [path for path in named if not (PROJECT_ROOT / path).is_file()] == []


def test_the_picture_shows_every_function_and_brings_its_own_background() -> None:
    picture = ET.parse(PROJECT_ROOT / "docs" / "architecture.svg")
    words = re.findall(r"\w+", " ".join(picture.getroot().itertext()))
    # The readers share a box, by the first words of their names.
    assert [job for job in FUNCTIONS.values() if job not in words and job.partition("_")[0] not in words] == []
    # A page's theme is not always the system's, which is all that a picture in it can ask for.
    assert "prefers" not in words


def test_the_readme_names_the_services_that_a_deployment_has_to_be_allowed() -> None:
    rights = re.search(r"AWS credentials that may use(.*?)\.", (PROJECT_ROOT / "README.md").read_text(), re.DOTALL)
    assert rights
    services = {each["Type"].split("::")[1] for each in expanded().values()}
    assert [service for service in services if CALLED.get(service, service) not in " ".join(rights[1].split())] == []
