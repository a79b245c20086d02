"""What errors of the built functions are called under Lambda's own runtime client, and that they show no secrets."""

import inspect
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
from flask import Request, Response

from local.lambda_process import LambdaProcess, Result
from local.twilio_sandbox import Fault
from local.twilio_sandbox.answers import error_answer
from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.faults import InjectedFault
from tests.support.built_functions import BODY, SEND, SENDER, BuiltFunctions
from tests.support.changed_answers import change_messages
from twilio_connector import errors

GET = {"messageSid": "SM" + "0" * 32}
LIST = {"method": "GET", "url": "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", "queryParams": {"From": SENDER}}
TEMPLATE = {"to": SEND["to"], "from": SENDER, "contentSid": "HX" + "0" * 32, "contentVariables": {"1": BODY}}


@dataclass(frozen=True)
class Quote(InjectedFault):
    """A refusal that quotes what it refuses."""

    def answer(self, request: Request, planned: Response | None, stopping: Event) -> Response:
        return error_answer(TwilioError(400, 21211, f"'{request.form['Body']}' cannot go to {request.form['To']}"))


@dataclass(frozen=True)
class Hold(InjectedFault):
    """A proper answer, but not before it is released."""

    reached: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def answer(self, request: Request, planned: Response | None, stopping: Event) -> Response:
        self.reached.set()
        self.released.wait()
        assert planned is not None
        return planned


@dataclass(frozen=True)
class Failure:
    """An invocation of a function, by its logical ID, that fails because of its event or of a fault of Twilio's."""

    function: str
    event: dict[str, Any]
    fault: InjectedFault | None = None


FAILURES = {
    "InvalidInputError": Failure("SendSmsFunction", SEND | {"to": f"{SEND['to']} ext. 9"}),
    "ConnectionConfigError": Failure("GetSmsFunction", GET | {"connection": "malformed"}),
    "TwilioAuthenticationError": Failure("GetSmsFunction", GET | {"connection": "refused"}),
    "TwilioNotFoundError": Failure("GetSmsFunction", GET),
    "TwilioRejectedError": Failure("SendSmsFunction", SEND, Quote()),
    "TwilioOptedOutError": Failure("SendSmsFunction", SEND | {"to": "+15005550004"}),
    "TwilioResponseError": Failure("GetSmsFunction", GET, Fault.Garbage()),
    # An hour is longer than the invocation has, so that it is not waited for.
    "TwilioThrottledError": Failure("SendSmsFunction", SEND, Fault.Throttle(retry_after=3_600)),
    "TwilioUnavailableError": Failure("RawRequestFunction", LIST, Fault.ServerError(503)),
    # What was made from a template cannot be recognised in a list of messages, so that it is not searched for.
    "OutcomeUnknownError": Failure("SendSmsFunction", TEMPLATE, Fault.Reset()),
}
TESTED_BELOW = {
    "IdempotencyConflictError",
    "RecipientNotAllowedError",
    "SendInProgressError",
    "SendLimitError",
    "ServiceUnavailableError",
    "UnexpectedError",
}


@pytest.fixture(autouse=True)
def no_faults_are_left(functions: BuiltFunctions) -> Iterator[None]:
    yield
    functions.twilio.clear_faults()


def assert_error(functions: BuiltFunctions, process: LambdaProcess, result: Result, name: str) -> None:
    """The error has this name and one line of message, and neither it nor anything in the log gives a secret away."""
    assert result.error_type == name, result.error_message
    message = result.error_message
    assert message
    assert message.isprintable()
    assert len(message) <= 1_000
    assert f"[ERROR] {name}: {message}" in process.log
    assert functions.secrets_told(json.dumps(result.payload, ensure_ascii=False) + process.log) == []


@pytest.mark.parametrize("name", FAILURES)
def test_an_error_is_called_by_its_class_and_tells_no_secret(functions: BuiltFunctions, name: str) -> None:
    failure = FAILURES[name]
    if failure.fault:
        functions.twilio.inject(failure.fault)
    process = functions.process(failure.function)
    assert_error(functions, process, process.invoke(failure.event), name)


def test_a_request_under_way_is_called_so_by_another_process(functions: BuiltFunctions) -> None:
    held = Hold(accepted=True)
    functions.twilio.inject(held)
    first, other = functions.process("SendSmsFunction"), functions.process("SendSmsFunction", "other")
    with ThreadPoolExecutor() as threads:
        sending = threads.submit(first.invoke, SEND, request_id="one-request")
        try:
            assert held.reached.wait(timeout=30)
            repeated = other.invoke(SEND, request_id="one-request")
        finally:
            held.released.set()
        assert sending.result().payload["data"]["body"] == BODY
    assert_error(functions, other, repeated, "SendInProgressError")


def test_a_key_that_comes_with_another_request_is_a_conflict(functions: BuiltFunctions) -> None:
    process = functions.process("SendSmsFunction")
    assert not process.invoke(SEND, request_id="two-requests").failed
    other = process.invoke(SEND | {"message": f"{BODY} And be there early."}, request_id="two-requests")
    assert_error(functions, process, other, "IdempotencyConflictError")


def test_a_country_that_the_stack_does_not_allow_is_told(functions: BuiltFunctions) -> None:
    process = functions.process("SendSmsFunction", "within Germany", ALLOWED_COUNTRIES="DE")
    assert_error(functions, process, process.invoke(SEND), "RecipientNotAllowedError")


def test_a_text_too_many_is_told(functions: BuiltFunctions) -> None:
    process = functions.process("SendSmsFunction", "one a day", MAX_SENDS_PER_DAY="1")
    results = [process.invoke(SEND) for _ in range(2)]
    assert not results[0].failed
    assert_error(functions, process, results[1], "SendLimitError")


def test_an_aws_service_that_refuses_is_an_error_of_its_own(functions: BuiltFunctions) -> None:
    process = functions.process("SendSmsFunction", "without table", STATE_TABLE_NAME="missing")
    assert_error(functions, process, process.invoke(SEND), "ServiceUnavailableError")


def test_what_nobody_expected_is_told_without_its_text(functions: BuiltFunctions) -> None:
    process = functions.process("GetSmsFunction", "misconfigured", AWS_ENDPOINT_URL=f"http://{BODY}")
    assert_error(functions, process, process.invoke(GET), "UnexpectedError")


def test_the_process_remembers_after_an_error_what_it_knew_before(functions: BuiltFunctions) -> None:
    """A connection whose secret is gone goes on working from the cache."""
    twilio, process = functions.twilio, functions.process("GetSmsFunction")
    secret = functions.aws.put_connection("cached", {"accountSid": twilio.account_sid, "authToken": twilio.auth_token})
    failed = process.invoke(GET | {"connection": "cached"})
    functions.aws.secretsmanager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    (sid,) = twilio.add(1)
    succeeded = process.invoke({"messageSid": sid, "connection": "cached"})

    assert failed.error_type == "TwilioNotFoundError"
    assert (succeeded.cold, succeeded.payload["data"]["sid"]) == (False, sid)


def test_a_text_cut_in_the_middle_of_a_character_does_not_end_the_runtime(functions: BuiltFunctions) -> None:
    functions.twilio.add(1)
    functions.twilio.inject(change_messages(body="half \ud83d", to="\ude00"))
    process = functions.process("SelectMessageFunction")
    result = process.invoke({"limit": 1})
    assert result.payload["result"][0]["label"] == "half ? (?)"
    assert not process.invoke({"limit": 1}).cold


def test_every_error_of_the_connector_is_provoked_here() -> None:
    classes = inspect.getmembers(errors, inspect.isclass)
    names = {name for name, cls in classes if issubclass(cls, errors.TwilioConnectorError)}
    assert names - {"TwilioConnectorError"} == FAILURES.keys() | TESTED_BELOW
