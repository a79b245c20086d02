"""The workflow of a tag: what it runs is pinned, and may do no more than it needs."""

import re

from samcli.yamlhelper import yaml_parse

from local.sam import PROJECT_ROOT

TEXT = (PROJECT_ROOT / ".github/workflows/release.yml").read_text()
WORKFLOW = yaml_parse(TEXT)


def test_every_action_is_pinned_by_a_commit_with_its_version_beside_it() -> None:
    used = re.findall(r"uses: (.+)", TEXT)
    assert used
    assert [each for each in used if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


def test_what_may_write_runs_nothing_of_the_checkout_and_the_rest_only_reads() -> None:
    build, publish = WORKFLOW["jobs"]["build"], WORKFLOW["jobs"]["publish"]
    assert (WORKFLOW["permissions"], build["permissions"]) == ({}, {"contents": "read"})
    assert publish["permissions"] == {"contents": "write"}
    assert "checkout" not in str(publish)
    assert publish["needs"] == "build"


def test_the_gate_stands_before_the_release_and_is_that_of_ci() -> None:
    ran = [step["run"] for step in WORKFLOW["jobs"]["build"]["steps"] if "run" in step]
    (gate,) = re.findall(r"^make (.+)$", (PROJECT_ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert ran[1:] == [f"make {gate}", "make release"]


def test_only_a_tag_that_is_the_version_is_released() -> None:
    # YAML reads the key `on` as true.
    assert WORKFLOW[True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}
    assert '= "$GITHUB_REF_NAME"' in WORKFLOW["jobs"]["build"]["steps"][3]["run"]
