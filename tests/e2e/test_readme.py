"""README from its first command to its last, in a copy of the project and an AWS of its own."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from local.twilio_sandbox import OwnedNumber, TwilioSandbox
from tests.support.documents import commands, run

pytestmark = pytest.mark.docs

# What a user has of the project: no more than the deployment needs.
PARTS = ["functions", "layers", "LICENSE", "README.md", "samconfig.toml", "template.yaml"]


def copy_of_the_project(folder: Path, parameters: str) -> Path:
    for part in PARTS:
        source = PROJECT_ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / part)
    config = folder / "samconfig.toml"
    section = "[default.deploy.parameters]\n"
    config.write_text(config.read_text().replace(section, f"{section}parameter_overrides = {json.dumps(parameters)}\n"))
    return folder


@pytest.fixture
def twilio() -> Iterator[TwilioSandbox]:
    """An account of its own: it polls, and shall find no messages of others."""
    with TwilioSandbox() as sandbox:
        yield sandbox


def test_the_commands_of_the_readme_deploy_send_connect_a_number_and_delete(
    twilio: TwilioSandbox, tmp_path: Path
) -> None:
    """Those of docs/parameters.md and docs/migration.md come in between, as they would."""
    number = OwnedNumber("+15555551234", "https://former.example.com/in")
    twilio.owned_numbers[:] = [number]
    filled_in = {
        '"AC…"': json.dumps(twilio.account_sid),
        '"SK…"': json.dumps(twilio.api_key_sid),
        '"apiKeySecret": "…"': f'"apiKeySecret": "{twilio.api_key_secret}"',
        '"authToken": "…"': f'"authToken": "{twilio.auth_token}"',
    }
    *blocks, delete = commands(PROJECT_ROOT / "README.md")
    in_between = [*commands(PROJECT_ROOT / "docs" / "parameters.md"), *commands(PROJECT_ROOT / "docs" / "migration.md")]
    script = "\n".join([*blocks, *in_between, delete])
    for blank, value in filled_in.items():
        assert blank in script
        script = script.replace(blank, value)
    assert "…" not in script

    with LocalAws() as aws:
        folder = copy_of_the_project(tmp_path, f"TwilioApiUrl={twilio.url}")
        printed = run(script, aws.environment, folder)
        stacks = aws.cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
        names = [stack["StackName"] for stack in stacks["StackSummaries"]]

    # What `invoke` prints is the function's result and nothing else.
    (sent, polled) = (json.loads(line) for line in printed.splitlines() if line.startswith('{"'))
    (message,) = (message for message in twilio.messages if message.body == "Hello from AWS")
    assert (message.to, message.from_) == ("+15551234567", "+15555551234")
    assert sent["data"]["sid"] == message.sid
    assert polled["published"] == 1
    (owned,) = twilio.owned_numbers
    assert owned.sms_url.endswith("/webhook/default#rc=5&rp=all")
    assert "twilio-connector" not in names
    assert not (folder / "connection.json").exists()
