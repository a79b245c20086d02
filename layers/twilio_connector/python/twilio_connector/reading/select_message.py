"""The action select_message: a picklist of recent messages."""

from itertools import islice
from typing import Any

from twilio_connector.invocation.inputs import Inputs
from twilio_connector.twilio.api import MAX_PAGE_SIZE
from twilio_connector.twilio.client import ClientOf

PICKLIST_WINDOW = 1_000
LABEL_LENGTH = 40


def select_message(event: object, client_of: ClientOf) -> dict[str, Any]:
    """``{connection?, limit? = 100 (1-1000), search?}`` -> ``{"result": [{"label", "key"}]}``, most recent first.

    *search* is a case-insensitive substring of body, to or from, over the newest 1,000 messages. Raises
    :class:`InvalidInputError` and the errors of the client.
    """
    inputs = Inputs(event, ["limit", "search"])
    limit, search = inputs.number("limit", 100, 1, 1_000), (inputs.text("search") or "").casefold()
    client = client_of(inputs.connection)
    pages = client.pages(client.list_uri([], page_size=MAX_PAGE_SIZE if search else limit))
    newest = islice((resource for page in pages for resource in page.messages), PICKLIST_WINDOW)
    found = (resource for resource in newest if not search or _matches(resource, search))
    return {"result": [{"label": _label(resource), "key": resource["sid"]} for resource in islice(found, limit)]}


def _matches(resource: dict[str, Any], search: str) -> bool:
    return any(search in str(resource.get(key) or "").casefold() for key in ("body", "to", "from"))


def _label(resource: dict[str, Any]) -> str:
    body = str(resource.get("body") or "") or "No body"
    cut = body[:LABEL_LENGTH] + "…" if len(body) > LABEL_LENGTH else body
    return f"{cut} ({resource.get('to') or ''})"
