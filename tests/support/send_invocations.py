"""Invocations of send_sms in the model of sends."""

import json
from typing import Any

from botocore.exceptions import ClientError

from tests.support.poll_fakes import ACCOUNT, FaultyDynamoDB
from tests.support.send_fakes import SendingClient, TwilioAccount
from tests.support.send_histories import SECONDS, Call, Request
from tests.support.send_steps import Caller, Steps
from tests.support.world import TABLE
from twilio_connector.connections.connection import parse_connection
from twilio_connector.errors import ServiceUnavailableError, TwilioUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.sender import Sender
from twilio_connector.sending.table import SendTable
from twilio_connector.settings import SendSettings
from twilio_connector.state.table import StateTable

SEARCH_SECONDS = 6.0


def start(
    call: Call, request: Request, twilio: TwilioAccount, dynamodb: Any, hold: int
) -> tuple[Caller, SendingClient]:
    """An invocation, which stops before its first call, and the Twilio client that it uses."""
    clock, steps = twilio.clock, Steps()
    deadline = Deadline.after(SECONDS, clock)
    if call.fault:
        steps.planned[call.fault] = FAILURES[call.fault[0]]
    connection = parse_connection(request.connection, json.dumps({"accountSid": ACCOUNT, "authToken": "token"}))
    client = SendingClient(twilio, connection, deadline, steps, call.answer, call.lag)
    faulty: Any = FaultyDynamoDB(dynamodb, steps)
    nowhere: Any = None

    def sleep(seconds: float) -> None:
        wake = clock.now + seconds
        steps.reach("sleep")
        clock.now = max(clock.now, wake)

    sender = Sender(
        lambda _: client,  # type: ignore[arg-type,return-value]  # has what a send uses of a client
        nowhere,
        SendTable(StateTable(faulty, TABLE, deadline, sleep), clock),
        SendSettings(TABLE, hold),
        SEARCH_SECONDS,
        clock,
        sleep,
    )
    event = {"to": "+15551234567", "from": "+15555551234", "connection": request.connection, **request.content}
    return Caller(lambda: str(sender.send_sms(event, request.key)["data"]["sid"]), steps, deadline), client


def _fail_dynamodb() -> None:
    raise ServiceUnavailableError("DynamoDB refused the request.")


def _throttle() -> None:
    reasons = [{"Code": "None"}, {"Code": "ThrottlingError"}]
    response: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    raise ClientError(response, "TransactWriteItems")


def _fail_list() -> None:
    raise TwilioUnavailableError("Twilio answered 503.")


FAILURES = {
    "page": _fail_list,
    "dynamodb": _fail_dynamodb,
    "dynamodb_done": _fail_dynamodb,
    "throttled": _throttle,
}
