"""The commands as a terminal, a log and a machine see them: what moves, what stays, and what nobody may read there."""

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import OwnedNumber, TwilioSandbox
from operations.progress import MARK
from tests.support.deployed_breakages import owning
from tests.support.deployed_commands import LAYER, empty_queues

pytestmark = pytest.mark.endurance

ESCAPE = "\x1b"
BODY = "A text that its recipient alone may read"
COMMANDS = {
    "doctor": [],
    "connect": ["--number", SANDBOX_SENDER, "--dry-run"],
    "replay": [],
    "smoke": ["--to", SANDBOX_RECIPIENT, "--from", SANDBOX_SENDER],
}


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest, aws: LocalAws) -> list[str]:
    """One of the commands, as the Makefile starts it."""
    name: str = request.param
    more = ["--deliver-to", aws.api_url] if name in ("doctor", "smoke") else []
    return [sys.executable, "-m", "operations", name, "--stack", aws.stack_name, *more, *COMMANDS[name]]


@pytest.fixture
def environment(aws: LocalAws) -> dict[str, str]:
    hosts = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # CI sets the one for files, too.
    return {**hosts, **aws.environment, "PYTHONPATH": str(LAYER), "TERM": "xterm", "FORCE_COLOR": "1"}


@pytest.fixture(autouse=True)
def _dead_letters(aws: LocalAws) -> None:
    """A text waits to be replayed."""
    empty_queues(aws)
    text = {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": BODY}
    aws.sqs.send_message(QueueUrl=aws.outputs["SendDeadLetterQueueUrl"], MessageBody=json.dumps(text))


def in_a_terminal(command: list[str], environment: dict[str, str]) -> str:
    """What a terminal gets to see of *command*."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=theirs, stderr=theirs, stdin=theirs):
        os.close(theirs)
        shown = b""
        # A terminal whose last program has ended is an error to read.
        with suppress(OSError):
            while part := os.read(ours, 1 << 16):
                shown += part
        os.close(ours)
    return shown.decode()


def into_files(command: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, stdout=out, stderr=err, check=False)
    return done.returncode, (folder / "out").read_text(), (folder / "err").read_text()


def test_a_terminal_a_log_and_a_machine_each_see_it_their_way_and_nobody_a_secret(
    command: list[str], environment: dict[str, str], twilio: TwilioSandbox, tmp_path: Path
) -> None:
    with owning(twilio, OwnedNumber(SANDBOX_SENDER, "https://former.example.com/in")):
        terminal = in_a_terminal(command, environment)
        _, log, beside = into_files(command, environment, tmp_path)
        status, out, steps = into_files([*command, "--json"], environment, tmp_path)

    assert f"{ESCAPE}[?25l" in terminal
    assert re.search(r"\d:\d\d:\d\d", terminal)
    assert "looking for the stack twilio-connector" in terminal
    assert ESCAPE not in log + beside + out + steps
    assert re.search(r"^\d+ failed, \d+ to look at, \d+ ok\.$", log, re.MULTILINE)
    assert [line for line in beside.splitlines() if not line.startswith(MARK)] == []
    document = json.loads(out)
    assert (document["command"], document["complete"], document["exitStatus"]) == (command[3], True, status)
    assert status == bool(document["counts"]["fail"])
    # The same things are told, in the same order.
    subjects = re.findall(r"^(?:ok|warn|FAIL) +(.+?): ", log, re.MULTILINE)
    assert [each["subject"] for each in document["findings"]] == subjects
    assert len(steps.splitlines()) >= 2
    assert [line for line in steps.splitlines() if not line.startswith(MARK)] == []
    secrets = [twilio.auth_token, twilio.api_key_secret, BODY, SANDBOX_RECIPIENT[1:], SANDBOX_SENDER[1:]]
    assert [secret for secret in secrets if secret in terminal + log + beside + out + steps] == []
