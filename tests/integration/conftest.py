"""Fixtures: the sandbox and, around it, the world of one deployment."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.integration.world import World
from tests.local.twilio_sandbox import TwilioSandbox


@pytest.fixture
def twilio(request: pytest.FixtureRequest) -> Iterator[TwilioSandbox]:
    """The sandbox; parametrize it indirectly with the options that it shall have."""
    with TwilioSandbox(**getattr(request, "param", {})) as sandbox:
        yield sandbox


@pytest.fixture
def world(twilio: TwilioSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield World(twilio)
