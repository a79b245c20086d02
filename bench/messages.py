"""Messages as Twilio lists them, page by page."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

ACCOUNT_SID = "AC" + "0" * 32
PAGE_SIZE = 1_000
LIST_PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
_STARTED = datetime.now(UTC).replace(microsecond=0)
# As far apart as in ten messages a second, and all older than what a poll still waits for, or a pass reads twice.
NEWEST = _STARTED - timedelta(hours=12)
# One of so many has changed a minute before the stubs start.
CHANGED_ONE_IN = 20
CHANGED = _STARTED - timedelta(minutes=1)


def message(number: int) -> dict[str, Any]:
    """A message as Twilio lists it, the *number*-th newest."""
    sid = f"SM{number:032x}"
    date = format_datetime(NEWEST - timedelta(seconds=number // 10))
    updated = date if number % CHANGED_ONE_IN else format_datetime(CHANGED)
    uri = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}"
    return {
        "body": "Your appointment is confirmed for tomorrow at 2:00 PM. Reply C to change it.",
        "num_segments": "1",
        "direction": "outbound-api",
        "from": "+15558675309",
        "to": "+15551234567",
        "date_updated": updated,
        "price": "-0.00750",
        "error_message": None,
        "uri": f"{uri}.json",
        "account_sid": ACCOUNT_SID,
        "num_media": "0",
        "status": "delivered",
        "messaging_service_sid": None,
        "sid": sid,
        "date_sent": date,
        "date_created": date,
        "error_code": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def pages(count: int) -> list[bytes]:
    """The pages of a list of *count* messages."""
    prepared = []
    for start in range(0, max(count, 1), PAGE_SIZE):
        following = start + PAGE_SIZE
        token = f"{LIST_PATH}?PageSize={PAGE_SIZE}&Page={following // PAGE_SIZE}&PageToken=PA{following}"
        page = {
            "messages": [message(number) for number in range(start, min(following, count))],
            "page": start // PAGE_SIZE,
            "page_size": PAGE_SIZE,
            "start": start,
            "end": min(following, count) - 1,
            "uri": LIST_PATH,
            "first_page_uri": LIST_PATH,
            "previous_page_uri": None,
            "next_page_uri": token if following < count else None,
        }
        prepared.append(json.dumps(page).encode())
    return prepared
