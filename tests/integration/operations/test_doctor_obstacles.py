"""What keeps a command from its work is a sentence, never a traceback."""

import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    ReadTimeoutError,
    UnauthorizedSSOTokenError,
)

from operations.__main__ import main as operations
from operations.command import run
from operations.doctor import main as doctor
from operations.doctor.examination import examine
from operations.doctor.main import main
from operations.findings import Finding, Level
from operations.problems import problem_of
from operations.stack import Stack, StackError
from tests.support.deployed_stack import NAME, DeployedStack, told
from tests.support.fakes import refused
from tests.support.signals import ENDING, ignoring
from twilio_connector.aws import translated_errors
from twilio_connector.errors import ServiceUnavailableError, TwilioThrottledError

ARGUMENTS = Namespace(command="doctor", stack=NAME, region=None, json=False)


@pytest.mark.parametrize(
    ("error", "text", "remedy"),
    [
        (NoCredentialsError(), "no AWS credentials", "aws configure"),
        (UnauthorizedSSOTokenError(), "no AWS credentials", "aws sso login"),
        (ProfileNotFound(profile="x"), "no AWS profile", "AWS_PROFILE"),
        (NoRegionError(), "No AWS region", "REGION="),
        (EndpointConnectionError(endpoint_url="x"), "could not be reached", "network"),
        (ConnectTimeoutError(endpoint_url="x"), "could not be reached", "network"),
        (ReadTimeoutError(endpoint_url="x"), "could not be reached", "network"),
        (BotoCoreError(), "client failed", "aws configure list"),
        (refused("ExpiredToken"), "does not accept your credentials (ExpiredToken)", "Log in"),
        (refused("AccessDeniedException"), "may not call AnyOperation", "allow AnyOperation"),
        (refused("Throttling"), "refused AnyOperation: Throttling", "Try again"),
        (StackError("It is gone.", "Look for it."), "It is gone.", "Look for it."),
        (TwilioThrottledError("Twilio answered 429."), "Twilio answered 429.", "status.twilio.com"),
    ],
)
def test_every_obstacle_is_a_sentence_with_a_remedy(error: Exception, text: str, remedy: str) -> None:
    problem = problem_of(error)
    assert text in problem.text
    assert problem.text.endswith(".")
    assert remedy in problem.remedy


def test_what_the_layer_makes_of_an_error_is_told_as_the_error_that_it_was() -> None:
    with pytest.raises(ServiceUnavailableError) as caught, translated_errors("DynamoDB"):
        raise refused("AccessDeniedException")
    assert "may not call" in problem_of(caught.value).text


def test_a_stack_that_does_not_exist_is_told(
    deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boto3, "Session", lambda **_: deployed.session)
    assert main(["--stack", "another"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("FAIL  There is no stack 'another' in us-east-1")


def test_a_stack_of_something_else_is_told(deployed: DeployedStack) -> None:
    del deployed.outputs["EventBusArn"]
    with pytest.raises(StackError, match="has no outputs of the connector"):
        Stack.find(NAME, deployed.session)


def test_other_refusals_of_cloudformation_are_not_taken_for_a_missing_stack(
    deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def describe(_: object, **__: object) -> Any:
        raise refused("AccessDenied")

    session = deployed.session
    monkeypatch.setattr(type(session.client("cloudformation")), "describe_stacks", describe)
    with pytest.raises(ClientError):
        Stack.find(NAME, session)


@pytest.mark.parametrize(
    ("status", "level"),
    [
        ("CREATE_COMPLETE", "ok"),
        ("UPDATE_IN_PROGRESS", "warn"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "warn"),
        ("UPDATE_ROLLBACK_COMPLETE", "warn"),
        ("ROLLBACK_COMPLETE", "FAIL"),
        ("UPDATE_ROLLBACK_FAILED", "FAIL"),
    ],
)
def test_the_state_of_the_stack_is_told_first(deployed: DeployedStack, status: str, level: str) -> None:
    deployed.status = status
    assert told([next(examine(deployed.stack))]) == [(level, "stack")]


def test_the_connection_that_the_schedule_polls_is_examined_too(deployed: DeployedStack) -> None:
    deployed.parameters["PollConnection"] = "sales"
    deployed.replace_secret("default", "{}")
    subjects = [finding.subject for finding in examine(deployed.stack)]
    assert [subject for subject in subjects if subject.startswith("secret")] == ["secret default", "secret sales"]
    assert subjects[-5:] == ["polling sales", "reconciling", "callbacks", "queues", "deletion"]
    # Of a broken secret nothing else is said.
    assert not [subject for subject in subjects if subject.startswith(("credentials", "webhook", "numbers"))]


def test_of_a_connection_that_is_named_alone_nothing_else_is_told(deployed: DeployedStack) -> None:
    findings = list(examine(deployed.stack, ["nope"]))
    surroundings = ["stack", "code", "account", "log groups", "alarms"]
    of_it = ["secret nope", "polling nope"]
    at_last = ["reconciling", "callbacks", "queues", "deletion"]
    assert [finding.subject for finding in findings] == [*surroundings, *of_it, *at_last]
    assert "default" not in "".join(map(str, findings))


def test_the_exit_status_tells_whether_anything_failed(
    deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boto3, "Session", lambda **_: deployed.session)
    findings = [Finding(Level.OK, "a", "Fine."), Finding(Level.WARN, "b", "Hm.", "Look.")]
    assert run(ARGUMENTS, lambda _: findings) == 0
    assert capsys.readouterr().out == "ok    a: Fine.\nwarn  b: Hm.\n      -> Look.\n\n0 failed, 1 to look at, 1 ok.\n"
    assert run(ARGUMENTS, lambda _: [*findings, Finding(Level.FAIL, "c", "Bad.", "Mend.")]) == 1


class Probe:
    """What a command puts up and takes down, with a signal that comes in between."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number
        self.up: list[str] = []
        self.went_on = False

    def examine(self, *_: object) -> Iterator[Finding]:
        """As the doctor's."""
        self.up.append("rule")
        try:
            signal.raise_signal(self.number)
            self.went_on = True
            yield Finding(Level.OK, "probe", "Fine.")
        finally:
            self.up.remove("rule")


@pytest.fixture
def probe(deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Probe:
    probe = Probe(request.param)
    monkeypatch.setattr(boto3, "Session", lambda **_: deployed.session)
    monkeypatch.setattr(doctor, "examine", probe.examine)
    monkeypatch.setattr(sys, "argv", ["operations", "doctor", "--stack", NAME])
    return probe


@pytest.mark.parametrize("probe", ENDING, indirect=True)
def test_signals_unwind_what_a_command_has_put_up(probe: Probe) -> None:
    with ignoring():
        handlers = [signal.getsignal(each) for each in ENDING]
        assert ended(operations) == 128 + probe.number
        assert [signal.getsignal(each) for each in ENDING] == handlers
    assert probe.up == []
    assert not probe.went_on


@pytest.mark.parametrize("probe", ENDING, indirect=True)
def test_a_command_that_is_told_to_ignore_a_signal_goes_on_ignoring_it(probe: Probe) -> None:
    with ignoring(probe.number):
        handlers = [signal.getsignal(each) for each in ENDING]
        assert ended(operations) == 0
        assert [signal.getsignal(each) for each in ENDING] == handlers
    assert probe.up == []
    assert probe.went_on


@pytest.mark.parametrize(("probe", "other"), [(signal.SIGTERM, signal.SIGHUP)], indirect=["probe"])
def test_what_it_is_told_to_ignore_says_nothing_of_the_other_signals(probe: Probe, other: signal.Signals) -> None:
    with ignoring(other):
        assert ended(operations) == 128 + probe.number
    assert probe.up == []


def ended(act: Callable[[], int]) -> int | str | None:
    """How a command ends that may leave by ``sys.exit``."""
    try:
        return act()
    except SystemExit as exc:
        return exc.code


@pytest.mark.parametrize("arguments", [[], ["--stack", NAME, "--connection", "a/b"]])
def test_arguments_that_make_no_sense_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(lambda: main(arguments)) == 2
    assert "usage: python -m operations doctor" in capsys.readouterr().err
