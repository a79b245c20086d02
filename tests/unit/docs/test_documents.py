"""The pages: no command is left out of the tests, and no link leads nowhere."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from local.sam import PROJECT_ROOT
from tests.support.documents import commands
from tests.support.pages import PAGES, anchors, name_of
from tests.support.template import FUNCTIONS, TEMPLATES_TO_COPY, expanded

pytestmark = pytest.mark.docs

# A link that leads elsewhere in the project: a path, a section of it or of the page itself.
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)")
# The tests that `make docs-check` runs, as they say themselves.
MARK = "\npytestmark = pytest.mark.docs\n"
MARKED = {path: text for path in (PROJECT_ROOT / "tests").rglob("test_*.py") if MARK in (text := path.read_text())}

# Services by their names in types of resources, where people call them otherwise.
CALLED = {
    "ApiGatewayV2": "API Gateway",
    "Events": "EventBridge",
    "Logs": "CloudWatch and its logs",
    "Scheduler": "EventBridge Scheduler",
}


def test_every_page_with_commands_is_run_by_a_test_that_is_marked() -> None:
    run = re.findall(r'\bcommands\([^()]*"([\w-]+\.md)"\)', "".join(MARKED.values()))
    assert set(run) == {page.name for page in PAGES if commands(page)}


def test_every_application_is_deployed_and_run_by_a_test() -> None:
    folders = [PROJECT_ROOT / "tests" / "e2e", PROJECT_ROOT / "tests" / "integration" / "examples"]
    deployed, run = ("".join(path.read_text() for path in folder.glob("test_*.py")) for folder in folders)
    applications = {page.parent.name: page.read_text() for page in (PROJECT_ROOT / "examples").glob("*/README.md")}
    assert len(applications) >= 4
    for name, page in applications.items():
        # Of a Custom Event Bus there is no emulator to deploy it to.
        assert f'"{name}"' in (run if "Nothing emulates this bus yet" in page else deployed), name


def test_so_are_the_tests_of_the_links_and_of_what_the_readme_leaves_to_make() -> None:
    assert {Path(__file__), PROJECT_ROOT / "tests" / "e2e" / "test_local_commands.py"} <= MARKED.keys()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for target, _, section in LINK.findall(page.read_text()):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{target} is not there"
        if section:
            assert section in anchors(file.read_text()), f"{target} has no section {section}"


def test_links_of_every_kind_are_found() -> None:
    links = [link for page in PAGES for link in LINK.findall(page.read_text())]
    assert {(bool(target), bool(section)) for target, _, section in links} == {
        (True, True),
        (True, False),
        (False, True),
    }


def test_every_template_to_copy_is_deployed_by_the_commands_of_a_page() -> None:
    deployed = "\n".join(block for page in PAGES for block in commands(page))
    assert len(TEMPLATES_TO_COPY) > 10
    assert [name_of(each) for each in TEMPLATES_TO_COPY.values() if name_of(each) not in deployed] == []


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


def test_the_pages_name_the_services_that_a_deployment_has_to_be_allowed() -> None:
    assert "(docs/security.md#who-deploys)" in (PROJECT_ROOT / "README.md").read_text()
    page = (PROJECT_ROOT / "docs" / "security.md").read_text()
    rights = re.search(r"AWS credentials that may use(.*?)\.", page, re.DOTALL)
    assert rights
    services = {each["Type"].split("::")[1] for each in expanded().values()}
    assert [service for service in services if CALLED.get(service, service) not in " ".join(rights[1].split())] == []


def test_the_readme_asks_for_the_version_of_sam_that_the_tests_deploy_with() -> None:
    (named,) = re.findall(
        r"^\[SAM CLI\]\(\S+\) ([\d.]+) or later", (PROJECT_ROOT / "README.md").read_text(), re.MULTILINE
    )
    (pinned,) = re.findall(
        r"^aws-sam-cli==([\d.]+)$", (PROJECT_ROOT / "requirements-dev.txt").read_text(), re.MULTILINE
    )
    assert f"{named}.0" == pinned
