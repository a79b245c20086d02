"""examples/delivery-report in this process: its function, a table in memory, and the events it consumes."""

from collections.abc import Mapping
from typing import Any

from local.sam import PROJECT_ROOT
from tests.support import example_table
from tests.support.dynamodb_expressions import Item
from tests.support.example_table import refusal
from tests.support.examples import ACCOUNT_SID, MESSAGE
from tests.support.template import load_template
from twilio_connector.twilio.statuses import status_id, status_rank

EXAMPLE = PROJECT_ROOT / "examples" / "delivery-report"
RESOURCES = load_template(EXAMPLE / "template.yaml")["Resources"]
SOURCE = (EXAMPLE / "src" / "delivery_report.py").read_text()
SERVICE, SENDER, RECIPIENT = "MG" + "5e" * 16, "+15558675309", "+15551234567"
RETENTION_DAYS = 30
ENVIRONMENT = {"TABLE": "messages", "RETENTION_DAYS": str(RETENTION_DAYS), "AWS_DEFAULT_REGION": "us-east-1"}

# How events report an outbound message.
WAYS = ("webhook", "reconciliation", "Message Sent", "New and Updated Records")


class MemoryTable(example_table.MemoryTable):
    """A client of the example's table.

    A *failing* SID is throttled. A *forgetful* one has items expire as soon as they have the time to.
    """

    def __init__(self, failing: str = "", *, forgetful: bool = False) -> None:
        super().__init__("sid")
        self.failing = failing
        self.forgetful = forgetful

    def where(self, key: Item, expression: str, values: Mapping[str, Any]) -> Item:
        """As the base, but for a failing SID."""
        if key["sid"]["S"] == self.failing:
            raise refusal("ThrottlingException")
        return super().where(key, expression, values)

    def keep(self, item: Item) -> None:
        """As the base, but for what expires."""
        super().keep(item)
        if self.forgetful and "expiresAt" in item:
            del self.items[item["sid"]["S"]]


def function(client: Any = None) -> dict[str, Any]:
    """What the function's code defines, with *client* in place of the one that it makes."""
    module: dict[str, Any] = {"__name__": "index"}
    exec(compile(SOURCE, "index.py", "exec"), module)
    if client is not None:
        module["dynamodb"] = client
    return module


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an item, as numbers and texts."""
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items()}


def instant(millisecond: int) -> str:
    """A ``receivedAt``, as text."""
    return f"2026-03-15T14:32:{millisecond // 1000:02}.{millisecond % 1000:03}Z"


def message(sid: str, status: str, **changes: Any) -> dict[str, Any]:
    """A message as Twilio's API returns it."""
    failed = status in ("undelivered", "failed")
    return {**MESSAGE, "sid": sid, "status": status, "errorCode": 30003 if failed else None, **changes}


def event(way: str, told: Mapping[str, Any], received_at: str) -> dict[str, Any]:
    """The event about a message, in one of the *WAYS*."""
    shared = {"connection": "default", "accountSid": ACCOUNT_SID, "receivedAt": received_at}
    if way == "Message Sent":
        return _event(way, {"id": "key", "body": {"data": {"input": None, "message": told}}, **shared})
    if way == "New and Updated Records":
        data = {"created": [told], "updated": []}
        return _event(way, {"body": {"data": data}, "polledNoChanges": False, **shared})
    status = told["status"]
    request = {"id": status_id(told["sid"], status), "headers": {}, "query": {}, "body": {"data": parameters(told)}}
    return _event("Message Status Updated", {**request, "statusRank": status_rank(status), "origin": way, **shared})


def inbound(sid: str, received_at: str, **changes: str) -> dict[str, Any]:
    """The event of a text that came in."""
    data = {"MessageSid": sid, "SmsStatus": "received", "From": RECIPIENT, "To": SENDER, "Body": "A secret", **changes}
    shared = {"connection": "default", "accountSid": ACCOUNT_SID, "receivedAt": received_at}
    return _event("Message Received", {"id": sid, "headers": {}, "query": {}, "body": {"data": data}, **shared})


def parameters(told: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of the callback about a message: what is not known is blank or left out."""
    named = {"ErrorCode": told["errorCode"], "MessagingServiceSid": told["messagingServiceSid"]}
    return {
        "MessageSid": told["sid"],
        "MessageStatus": told["status"],
        "From": told["from"] or "",
        "To": told["to"],
        "AccountSid": ACCOUNT_SID,
        **{name: str(value) for name, value in named.items() if value},
    }


def _event(detail_type: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": "twilio.connector", "detail-type": detail_type, "detail": detail}
