"""Fixtures: the sandbox and, around it, the world of one deployment."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import OperationModel
from botocore.validate import ParamValidationDecorator
from moto import mock_aws

from local.twilio_sandbox import TwilioSandbox
from tests.support import aws_models
from tests.support.built_functions import BuiltFunctions
from tests.support.deployed_stack import DeployedStack
from tests.support.fakes import FakeClock
from tests.support.moto_clients import moto_client
from tests.support.old_states import STATES, OldState, restored
from tests.support.webhook_receiver import Receiver
from tests.support.world import TABLE, World, create_table
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.table import SendTable
from twilio_connector.state.table import StateTable

# Of tests in which as many invocations as they like share a table.
A_YEAR = 365 * 24 * 3600.0


@pytest.fixture(autouse=True, scope="module")
def _every_call_of_aws_is_judged() -> Iterator[None]:
    """By AWS's own models, more strictly than botocore and the emulators do."""
    serialize = ParamValidationDecorator.serialize_to_request

    def judged(self: ParamValidationDecorator, parameters: dict[str, Any], operation: OperationModel) -> Any:
        aws_models.judge(operation, parameters)
        return serialize(self, parameters, operation)

    with pytest.MonkeyPatch.context() as monkeypatch:
        # Where botocore itself validates: by then the parameters are as they are sent.
        monkeypatch.setattr(ParamValidationDecorator, "serialize_to_request", judged)
        yield


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


@pytest.fixture(params=STATES, ids=[path.stem for path in STATES])
def old_state(request: pytest.FixtureRequest) -> OldState:
    """The state that an earlier version has left, one after the other."""
    return OldState.read(request.param)


@pytest.fixture
def old_world(old_state: OldState) -> Iterator[World]:
    """This version's functions, with that state."""
    with restored(old_state) as world:
        yield world


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as endpoint:
        yield endpoint


@pytest.fixture
def deployed(world: World) -> DeployedStack:
    """A stack for the operators' commands, in moto's AWS and with the sandbox behind it."""
    return DeployedStack(world)


@pytest.fixture(scope="session")
def functions() -> Iterator[BuiltFunctions]:
    with BuiltFunctions() as functions:
        yield functions


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def table(clock: FakeClock) -> Iterator[SendTable]:
    """The sends in a state table of its own."""
    with mock_aws():
        create_table()
        until = Deadline.after(A_YEAR, clock)
        yield SendTable(StateTable(moto_client("dynamodb"), TABLE, until, clock.sleep), clock)


@pytest.fixture(autouse=True)
def turns() -> Iterator[None]:
    """Threads of other tests take the turns that they took before one in which a function starts."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)
