"""What `make` makes of the operators' commands."""

import os
import shlex
import subprocess

import pytest

from tests.local.sam import PROJECT_ROOT

LOCAL = "http://127.0.0.1:4566/_aws/execute-api/abc123/$default"


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What it would run, with a finished .venv, and not as a part of the `make` that may run this test."""
    command = ["make", "--dry-run", "--old-file=.venv/.ready", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["doctor", "STACK=s"], ["scripts.doctor", "--stack", "s"]),
        (
            ["doctor", "STACK=s", "REGION=eu-west-1", "CONNECTION=sales", f"DELIVER_TO={LOCAL}"],
            ["scripts.doctor", "--stack", "s", "--region", "eu-west-1", "--connection", "sales", "--deliver-to", LOCAL],
        ),
        (["replay", "STACK=s"], ["scripts.replay", "--stack", "s"]),
        (
            ["replay", "STACK=s", "DRY_RUN=1", "FORGET_POLLS=1"],
            ["scripts.replay", "--stack", "s", "--dry-run", "--forget-polls"],
        ),
        (["smoke", "STACK=s"], ["scripts.smoke", "--stack", "s"]),
        (
            ["smoke", "STACK=s", "TO=(555) 123-4567", "FROM=+1555", f"DELIVER_TO={LOCAL}"],
            ["scripts.smoke", "--stack", "s", "--to", "(555) 123-4567", "--from", "+1555", "--deliver-to", LOCAL],
        ),
    ],
    ids=lambda value: " ".join(value[:2]),
)
def test_variables_become_arguments(given: list[str], expected: list[str]) -> None:
    result = make(*given)
    assert result.returncode == 0, result.stderr
    words = shlex.split(result.stdout.replace("\\\n", " "))
    assert words[words.index("-m") + 1 :] == expected


@pytest.mark.parametrize("command", ["doctor", "replay", "smoke"])
def test_the_stack_has_to_be_named(command: str) -> None:
    result = make(command)
    assert result.returncode == 2
    assert f"Which stack? make {command} STACK=name" in result.stderr
