"""One deployed stack for all end-to-end tests, with the Twilio sandbox behind it."""

from collections.abc import Iterator

import pytest

from local.accounts import connect_sandbox
from local.aws import LocalAws
from local.bus import BusWatcher
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_commands import Operator


@pytest.fixture(scope="session")
def twilio() -> Iterator[TwilioSandbox]:
    with TwilioSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def aws(twilio: TwilioSandbox) -> Iterator[LocalAws]:
    """The stack, connected to the sandbox; its schedule rests, so that tests alone decide when it polls."""
    with LocalAws() as local:
        local.deploy({"TwilioApiUrl": twilio.url, "PollEnabled": "false", "ArchiveDays": "1"})
        connect_sandbox(local, twilio)
        yield local


@pytest.fixture(scope="session")
def watcher(aws: LocalAws) -> BusWatcher:
    """Everything published during the session; each event is valid by its schema, or waiting for it fails."""
    return aws.watch()


@pytest.fixture
def operator(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Runs the commands of `operations/` on the stack."""
    return Operator(aws, monkeypatch, capsys)
