"""The verdicts on DynamoDB's answers: none is missing, and the table of their module says what they are."""

import ast
import inspect
import re
from itertools import combinations
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from twilio_connector.state import table, verdicts
from twilio_connector.state.failures import error_of, verdict_of
from twilio_connector.state.verdicts import CANCELED, PASSING_REASONS, VERDICTS, Verdict, verdict_on

MODEL = ServiceModel(Loader().load_service_model("dynamodb", "service-2"))
# Codes of AWS's that the connector's calls cannot get: other services throttle by these names.
OF_OTHER_SERVICES = {
    "Throttling",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
}
URL = "https://dynamodb"


def rows() -> list[tuple[str, str]]:
    """The first two columns of the tables in the docstring, continued lines joined."""
    found: list[tuple[str, str]] = []
    for body in re.findall(r"^=+ .*\n.*\n=+ .*\n((?:\w.*\n)+)=+ ", verdicts.__doc__ or "", re.MULTILINE):
        for line in body.splitlines():
            answer, verdict = line[:42].strip(), line[44:55].strip()
            if not verdict:
                (started, verdict) = found.pop()
                answer = f"{started} {answer}"
            found.append((answer, verdict))
    return found


def calls() -> set[str]:
    """The operations that the package calls, by the names of the client's methods."""
    tree = ast.parse(inspect.getsource(table))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        if isinstance(node.value, ast.Attribute) and node.value.attr == "_dynamodb"
    }


def test_every_error_that_botocore_knows_of_a_called_operation_has_a_verdict() -> None:
    operations = {name.lower(): MODEL.operation_model(name) for name in MODEL.operation_names}
    called = [operations[name.replace("_", "")] for name in calls()]
    assert len(called) == 7
    for operation in called:
        codes = {shape.name for shape in operation.error_shapes}
        assert codes
        assert codes - VERDICTS.keys() <= {CANCELED}, operation.name


def test_every_error_of_any_call_for_items_has_one() -> None:
    of_items = re.compile(r"(Transact|Batch)?(Get|Put|Update|Delete|Write)Items?|Query|Scan")
    operations = [MODEL.operation_model(name) for name in MODEL.operation_names if of_items.fullmatch(name)]
    assert len(operations) == 10
    codes = {shape.name for operation in operations for shape in operation.error_shapes}
    assert codes - VERDICTS.keys() <= {CANCELED}


def test_what_botocore_would_repeat_is_repeated() -> None:
    transient: Any = TransientRetryableChecker
    throttled: Any = ThrottledRetryableChecker
    for code in {*transient._TRANSIENT_ERROR_CODES, *throttled._THROTTLED_ERROR_CODES} - OF_OTHER_SERVICES:
        assert verdict_on(code, 400, []) in (Verdict.AGAIN, Verdict.LOST), code
    for status in transient._TRANSIENT_STATUS_CODES:
        assert verdict_on("Unheard", status, []) is Verdict.LOST


def test_the_table_says_what_the_verdicts_are() -> None:
    told = dict(rows())
    single = {answer: verdict for answer, verdict in told.items() if " " not in answer}
    assert single.pop(CANCELED) == "--"
    assert single == {code: verdict.name for code, verdict in VERDICTS.items()}
    assert told["any other answer with HTTP 5xx"] == verdict_on("Unheard", 599, []).name
    assert told["anything else"] == verdict_on("Unheard", 499, []).name


def test_the_table_says_what_the_verdicts_on_reasons_are() -> None:
    told = dict(rows()[-4:])
    passing, refused = "ThrottlingError, ", "ValidationError, or an unknown one, alone or with those above"
    (passes,) = (answer for answer in told if answer.startswith(passing))
    assert set(re.findall(r"\w+[a-z][A-Z]\w+", passes)) == PASSING_REASONS
    assert (told[passes], told[refused], told["none at all"]) == ("AGAIN", "REFUSED", "AGAIN")
    assert told["ConditionalCheckFailed, alone or with any others"] == "CONDITION"


SOME = [*sorted(PASSING_REASONS), "ValidationError", "ConditionalCheckFailed", "Unheard"]


EACH = [*(some for number in range(4) for some in combinations(SOME, number)), tuple(sorted(PASSING_REASONS))]


@pytest.mark.parametrize("reasons", EACH)
def test_a_canceled_transaction_is_judged_by_all_of_its_reasons(reasons: tuple[str, ...]) -> None:
    expected = Verdict.AGAIN
    if {"ValidationError", "Unheard"} & set(reasons):
        expected = Verdict.REFUSED
    if "ConditionalCheckFailed" in reasons:
        expected = Verdict.CONDITION
    for order in (reasons, reasons[::-1]):
        assert verdict_on(CANCELED, 400, ["None", *order, "None"]) is expected


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (EndpointConnectionError(endpoint_url=URL), Verdict.AGAIN),
        (ConnectTimeoutError(endpoint_url=URL), Verdict.AGAIN),
        (ReadTimeoutError(endpoint_url=URL), Verdict.LOST),
        (ConnectionClosedError(endpoint_url=URL), Verdict.LOST),
        (SSLError(endpoint_url=URL, error=OSError()), Verdict.LOST),
        (HTTPClientError(error=OSError()), Verdict.LOST),
        (NoCredentialsError(), Verdict.REFUSED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_answered_may_have_been_carried_out_once_there_was_a_connection(
    failure: NoCredentialsError, verdict: Verdict
) -> None:
    assert verdict_of(failure) is verdict
    assert str(error_of(failure)) == f"DynamoDB could not be reached: {type(failure).__name__}."


def test_an_answer_of_the_service_is_read_with_its_status_and_reasons() -> None:
    def answer(code: str, status: int, **more: object) -> ClientError:
        response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
        return ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]  # not in botocore's types

    assert verdict_of(answer("502", 502)) is Verdict.LOST
    assert verdict_of(answer("Unheard", 413)) is Verdict.REFUSED
    reasons = [{"Code": "None"}, {"Code": "ThrottlingError"}, {"Code": "TransactionConflict"}, {}]
    canceled = answer(CANCELED, 400, CancellationReasons=reasons)
    assert verdict_of(canceled) is Verdict.AGAIN
    assert str(error_of(canceled)) == "DynamoDB canceled the transaction: ThrottlingError, TransactionConflict."
    assert str(error_of(answer(CANCELED, 400))) == f"DynamoDB refused the request: {CANCELED}."
