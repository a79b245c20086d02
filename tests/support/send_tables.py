"""Sends, and what the state table holds of them."""

import json
from typing import Any

from tests.support.fakes import FakeClock
from tests.support.memory_dynamodb import MemoryDynamoDB
from twilio_connector.connections.connection import parse_connection
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.records import Send
from twilio_connector.sending.table import SendTable
from twilio_connector.state.table import StateTable

TABLE = "state"
SECONDS = 30.0
SID, OTHER_SID = "SM" + "0" * 32, "SM" + "1" * 32
# When the listed messages were created: at the clock's fixed time.
CREATED = int(FakeClock.now)
ACCOUNT = {"accountSid": "AC" + "0" * 32, "authToken": "token"}
TEXT = [("To", "+15551234567"), ("From", "+15555551234"), ("Body", "Hello from Acme!")]


def send(key: str = "key", parameters: list[tuple[str, str]] = TEXT, connection: str = "default") -> Send:
    """A send as the input of send_sms makes it."""
    return Send.of(parse_connection(connection, json.dumps(ACCOUNT)), key, parameters)


def table_in(dynamodb: MemoryDynamoDB, clock: FakeClock, seconds: float = 365 * 24 * 3600.0) -> SendTable:
    """The sends in the table that *dynamodb* is, for invocations that last so many *seconds*."""
    client: Any = dynamodb
    return SendTable(
        StateTable(client, TABLE, Deadline.after(seconds, clock), clock.sleep, lambda _, longest: longest), clock
    )


def unknown(table: SendTable, one: Send) -> None:
    """Let a send end without being known."""
    record = table.claim(one, SECONDS).record
    table.unknown(one, table.answer_lost(one, record))
