"""The example message of the product description, as Twilio sends it and as the connector hands it out."""

from typing import Any

from twilio_connector.bus.event import Event
from twilio_connector.polling.events import message_events

ACCOUNT_SID = "ACa1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
MESSAGE_SID = "SM1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d"
_PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{MESSAGE_SID}"

RESOURCE: dict[str, Any] = {
    "body": "Your appointment is confirmed for tomorrow at 2:00 PM.",
    "num_segments": "1",
    "direction": "outbound-api",
    "from": "+15558675309",
    "to": "+15551234567",
    "date_updated": "Sun, 15 Mar 2026 14:32:10 +0000",
    "price": "-0.00750",
    "error_message": None,
    "uri": f"{_PATH}.json",
    "account_sid": ACCOUNT_SID,
    "num_media": "0",
    "status": "queued",
    "messaging_service_sid": None,
    "sid": MESSAGE_SID,
    "date_sent": None,
    "date_created": "Sun, 15 Mar 2026 14:32:10 +0000",
    "error_code": None,
    "price_unit": "USD",
    "api_version": "2010-04-01",
    "subresource_uris": {"media": f"{_PATH}/Media.json"},
}

MESSAGE: dict[str, Any] = {
    "sid": "SM1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d",
    "accountSid": "ACa1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6",
    "from": "+15558675309",
    "to": "+15551234567",
    "body": "Your appointment is confirmed for tomorrow at 2:00 PM.",
    "status": "queued",
    "direction": "outbound-api",
    "numSegments": "1",
    "numMedia": "0",
    "price": "-0.00750",
    "priceUnit": "USD",
    "dateCreated": "2026-03-15T14:32:10.000Z",
    "dateUpdated": "2026-03-15T14:32:10.000Z",
    "dateSent": None,
    "errorCode": None,
    "errorMessage": None,
    "apiVersion": "2010-04-01",
    "messagingServiceSid": None,
    "uri": f"{_PATH}.json",
    "subresourceUris": {"media": f"{_PATH}/Media.json"},
}


def example_events(count: int) -> list[Event]:
    """Events of one message each, which are valid by their schema."""
    messages = [MESSAGE | {"sid": f"SM{number:032x}"} for number in range(count)]
    packed = message_events(
        messages, connection="default", account_sid=ACCOUNT_SID, received_at="2026-03-15T14:32:10.000Z", most=1
    )
    return [one.event for one in packed]
