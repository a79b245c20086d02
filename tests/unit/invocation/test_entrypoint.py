"""The edge of every function: what it raises, what it logs, and its metrics."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.fakes import FakeContext
from tests.support.log_lines import log_lines
from twilio_connector.errors import InvalidInputError, TwilioConnectorError, UnexpectedError
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.invocation.observability import count, count_at, gauge_seconds, metrics

PRIVATE = "Your code is 1234, +15551234567"


@pytest.fixture
def log() -> Iterator[list[str]]:
    with log_lines() as lines:
        yield lines


@entrypoint
def function(event: Any, context: object) -> Any:
    if isinstance(event, BaseException):
        raise event
    count("Sends")
    gauge_seconds("CursorLagSeconds", 5)
    return event


def test_a_result_passes_and_the_metrics_are_written_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "service", "stack")
    assert function({"data": 1}, FakeContext()) == {"data": 1}

    (line,) = capsys.readouterr().out.splitlines()
    emf = json.loads(line)
    assert emf["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "TwilioConnector"
    assert emf["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    assert emf["service"] == "stack"
    assert (emf["Sends"], emf["CursorLagSeconds"]) == ([1.0], [5.0])
    assert not metrics.metric_set


def test_an_invocation_without_metrics_writes_none(capsys: pytest.CaptureFixture[str]) -> None:
    entrypoint(lambda event, context: event)({}, FakeContext())
    assert capsys.readouterr().out == ""


def test_a_metric_with_a_dimension_is_written_apart(capsys: pytest.CaptureFixture[str]) -> None:
    count("Sends", outcome="sent")
    emf = json.loads(capsys.readouterr().out)
    assert sorted(emf["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) == ["outcome", "service"]
    assert (emf["outcome"], emf["Sends"]) == ("sent", [1.0])


def test_a_metric_of_an_instant_is_written_apart_with_that_instant(capsys: pytest.CaptureFixture[str]) -> None:
    instant = datetime.now(UTC).replace(microsecond=0) - timedelta(days=13)
    count_at("FinalStatuses", 3, instant, origin="reconciliation")
    count("FinalStatuses", origin="webhook")
    then, now = map(json.loads, capsys.readouterr().out.splitlines())
    assert then["_aws"]["Timestamp"] == instant.timestamp() * 1000
    assert now["_aws"]["Timestamp"] > then["_aws"]["Timestamp"]
    assert sorted(then["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) == ["origin", "service"]
    assert (then["origin"], then["FinalStatuses"]) == ("reconciliation", [3.0])


def test_an_error_of_ours_is_logged_with_its_class_and_raised_as_it_is(log: list[str]) -> None:
    error = InvalidInputError("to is not a phone number.")

    with pytest.raises(InvalidInputError) as caught:
        function(error, FakeContext(aws_request_id="request-5"))

    assert caught.value is error
    (line,) = map(json.loads, log)
    assert line["level"] == "WARNING"
    assert line["error_type"] == "InvalidInputError"
    assert line["reason"] == "to is not a phone number."
    assert line["function_request_id"] == "request-5"


@pytest.mark.parametrize("error", [ValueError(PRIVATE), KeyError(PRIVATE), RuntimeError(PRIVATE, {"body": PRIVATE})])
def test_any_other_error_becomes_one_that_tells_its_kind_and_place_alone(
    error: Exception, log: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    error.__cause__ = ValueError(PRIVATE)

    with pytest.raises(UnexpectedError) as caught:
        function(error, FakeContext())

    told = f"{caught.value!s}{caught.value!r}{''.join(log)}{capsys.readouterr()}"
    assert str(caught.value).startswith(f"{type(error).__name__} at invocation.entrypoint.wrapped:")
    assert "test_entrypoint.function:" in str(caught.value)
    assert "1234" not in told
    assert "Your code" not in told
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_the_place_of_a_defect_names_its_module_in_the_package_not_its_file() -> None:
    module: dict[str, Any] = {"__name__": "twilio_connector.sending.inputs"}
    exec(compile("def fail(event, context):\n    raise KeyError", "inputs.py", "exec"), module)
    with pytest.raises(UnexpectedError, match=r" > sending\.inputs\.fail:2\.$"):
        entrypoint(module["fail"])({}, FakeContext())


def test_a_defect_is_counted_even_though_the_invocation_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnexpectedError):
        function(ValueError(), FakeContext())
    assert json.loads(capsys.readouterr().out)["UnexpectedErrors"] == [1.0]


def test_the_place_of_a_deep_defect_is_bounded() -> None:
    def deep(event: int, context: object) -> Any:
        if event == 0:
            raise ValueError
        return deep(event - 1, context)

    with pytest.raises(TwilioConnectorError) as caught:
        entrypoint(deep)(100, FakeContext())
    assert str(caught.value).count(" > ") == 7
