"""What `make` makes of the operators' commands."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from local.sam import PROJECT_ROOT
from operations.__main__ import COMMANDS

MAKEFILE = (PROJECT_ROOT / "Makefile").read_text()
# What SAM then does.
DELETE = (str(Path(sys.executable).parent / "sam"), "delete", "--stack-name")
LOCAL = "http://127.0.0.1:4566/_aws/execute-api/abc123/$default"


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What it runs, with a finished .venv, without AWS, and not as a part of the `make` that may run this test."""
    command = ["make", "--old-file=.venv/.ready", f"BIN={Path(sys.executable).parent}", *arguments]
    others = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "AWS_"))}
    environment = {**others, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["doctor", "STACK=s"], ["operations", "doctor", "--stack", "s"]),
        (
            ["doctor", "STACK=s", "REGION=eu-west-1", "CONNECTION=sales", f"DELIVER_TO={LOCAL}"],
            [
                "operations",
                "doctor",
                "--stack",
                "s",
                "--region",
                "eu-west-1",
                "--connection",
                "sales",
                "--deliver-to",
                LOCAL,
            ],
        ),
        (["doctor", "STACK=t", "JSON=1"], ["operations", "doctor", "--stack", "t", "--json"]),
        (["replay", "STACK=t", "JSON=1"], ["operations", "replay", "--stack", "t", "--json"]),
        (["smoke", "STACK=u", "JSON=1"], ["operations", "smoke", "--stack", "u", "--json"]),
        (
            ["connect", "STACK=v", "NUMBER=+1555", "JSON=1"],
            ["operations", "connect", "--stack", "v", "--number", "+1555", "--json"],
        ),
        (["replay", "STACK=s"], ["operations", "replay", "--stack", "s"]),
        (
            ["replay", "STACK=s", "DRY_RUN=1", "FORGET_POLLS=1"],
            ["operations", "replay", "--stack", "s", "--dry-run", "--forget-polls"],
        ),
        (["smoke", "STACK=s"], ["operations", "smoke", "--stack", "s"]),
        (["delete", "STACK=s"], ["operations", "delete", "--stack", "s", *DELETE, "s"]),
        (
            ["delete", "STACK=s", "REGION=eu-west-1", "ANYWAY=1", "YES=1"],
            [
                *("operations", "delete", "--stack", "s", "--region", "eu-west-1", "--anyway"),
                *(*DELETE, "s", "--region", "eu-west-1", "--no-prompts"),
            ],
        ),
        (
            ["smoke", "STACK=s", "TO=(555) 123-4567", "FROM=+1555", f"DELIVER_TO={LOCAL}"],
            ["operations", "smoke", "--stack", "s", "--to", "(555) 123-4567", "--from", "+1555", "--deliver-to", LOCAL],
        ),
        (["smoke", "STACK=t", "WEBHOOK_TEST=1"], ["operations", "smoke", "--stack", "t", "--webhook-test"]),
        (
            ["connect", "STACK=s", "NUMBER=(555) 123-4567", "CONNECTION=sales", "FALLBACK=https://e.com/a?b=$c&d"],
            [
                *("operations", "connect", "--stack", "s", "--connection", "sales", "--number", "(555) 123-4567"),
                *("--fallback", "https://e.com/a?b=$c&d"),
            ],
        ),
        (
            ["connect", "STACK=t", "SERVICE=MG1", "RESTORE=1", "DRY_RUN=1", "YES=1"],
            ["operations", "connect", "--stack", "t", "--service", "MG1", "--restore", "--dry-run", "--yes"],
        ),
        (
            ["connect", "STACK=u", "NUMBER=+1555", "CLEAR_APPLICATION=1"],
            ["operations", "connect", "--stack", "u", "--number", "+1555", "--clear-application"],
        ),
    ],
    ids=lambda value: " ".join(value[:2]),
)
def test_variables_become_arguments(given: list[str], expected: list[str]) -> None:
    result = make("--dry-run", *given)
    assert result.returncode == 0, result.stderr
    words = shlex.split(result.stdout.replace("\\\n", " "))
    assert words[words.index("-m") + 1 :] == expected


def test_a_release_is_made_by_the_python_that_is_named_into_the_folder_that_is_named() -> None:
    result = make(
        "--dry-run", "--old-file=.venv/release/.ready", "release", "RELEASE_PYTHON=/a b/python", "DIST=/c d", "JSON=1"
    )
    words = shlex.split(result.stdout.replace("\\\n", " "))
    expected = ["release", "--python", "/a b/python", "--output", "/c d", "--json"]
    assert words[words.index("-m") + 1 :][: len(expected)] == expected


def test_docs_check_runs_the_tests_that_have_its_mark() -> None:
    result = make("--dry-run", "docs-check")
    assert shlex.split(result.stdout)[1:] == ["-m", "pytest", "-m", "docs"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_stack_has_to_be_named(command: str) -> None:
    result = make(command)
    assert result.returncode == 2
    assert f"Which stack? make {command} STACK=name" in result.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["doctor", "STACK=s"], "FAIL  No AWS region is set."),
        # SAM does not get to delete anything.
        (["delete", "STACK=s", "YES=1"], "FAIL  No AWS region is set."),
        (["doctor", "STACK=s", "CONNECTION=a/b"], "error: argument --connection: must be 1 to 64 letters"),
        (["smoke", "STACK=s", "CONNECTION=a/b"], "error: argument --connection: must be 1 to 64 letters"),
        (["smoke", "STACK=s", "TO=+15551234567"], "error: TO and FROM go together"),
        (["smoke", "STACK=s", "FROM=+15551234567"], "error: TO and FROM go together"),
        (["connect", "STACK=s"], "error: one of the arguments --number --service is required"),
    ],
    ids=lambda value: " ".join(value),
)
def test_make_fails_with_2_whatever_the_command_fails_with(given: list[str], said: str) -> None:
    result = make(*given)
    assert result.returncode == 2
    assert said in result.stderr


def help_lines(pattern: str) -> dict[str, str]:
    """What the help says of each name, in the lines that *pattern* finds."""
    return dict(re.findall(pattern, make("help").stdout, re.MULTILINE))


def test_help_says_in_a_short_line_what_each_target_does() -> None:
    (targets,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert list(help_lines(r"^  make ([\w-]+) +(\w.*)$")) == targets.split()
    assert max(map(len, make("help").stdout.splitlines())) <= 90


def test_help_says_of_each_variable_which_targets_read_it_and_what_it_means() -> None:
    explained = help_lines(r"^  (\w+)=\S+ +(\w.*: \w.*)$")
    shared = re.findall(r"^ON_STACK = (.+)$", MAKEFILE, re.MULTILINE)[0]
    for command in COMMANDS:
        (recipe,) = re.findall(rf"^{command}: .*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
        read = set(re.findall(r"\$\((?:if \$\(|or \$\(|value )(\w+)", recipe + shared))
        assert read == {name for name, text in explained.items() if command in text.partition(":")[0].split(", ")}
    assert (
        {"PYTHON", "BENCH_PYTHON", "DIST", "RELEASE_PYTHON", "WORKERS"}
        == set(re.findall(r"^(\w+) \?=", MAKEFILE, re.MULTILINE))
        <= explained.keys()
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_interrupted_while_it_is_being_imported_says_so_in_a_word(
    command: str, tmp_path: Path
) -> None:
    (tmp_path / "boto3.py").write_text("raise KeyboardInterrupt\n")
    path = os.pathsep.join([str(tmp_path), "layers/twilio_connector/python"])
    result = subprocess.run(
        [sys.executable, "-m", "operations", command, "--stack", "s"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "\nStopped.\n")
