"""Fixtures of the tests that need more than fakes."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.integration.world import REGION, World
from tests.local.twilio_sandbox import TwilioSandbox
from tests.unit.deployed_stack import DeployedStack


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeployedStack]:
    """A stack for the operators' commands, in moto's AWS and with the sandbox behind it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws(), TwilioSandbox() as twilio:
        yield DeployedStack(World(twilio))
