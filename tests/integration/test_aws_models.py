"""Calls of real clients are judged by AWS's own models, also where the emulator takes them."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.support import aws_models
from tests.support.moto_clients import moto_client


@pytest.fixture(autouse=True)
def _objections_are_expected() -> Iterator[None]:
    yield
    aws_models.objections.clear()


def test_a_name_that_is_too_long_for_aws_is_refused() -> None:
    with mock_aws(), pytest.raises(AssertionError, match="Name is 513, more than 512"):
        moto_client("secretsmanager").create_secret(Name="a" * 513, SecretString="x")


def test_what_is_refused_is_kept_for_the_end_of_the_test_whatever_becomes_of_the_error() -> None:
    with mock_aws(), pytest.raises(AssertionError):
        moto_client("events").put_rule(Name="a rule", ScheduleExpression="rate(5 minutes)")
    assert aws_models.objections == ["events:PutRule: .Name does not match [\\.\\-_A-Za-z0-9]+"]
