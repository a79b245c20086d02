"""Reads whole lists of Twilio's, page by page, with a connection's credentials. Changes nothing."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio_connector.connections.connection import Connection
from twilio_connector.errors import TwilioResponseError
from twilio_connector.settings import TWILIO_API_URL
from twilio_connector.twilio.api import API_PATH, MAX_PAGE_SIZE, product_origin
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.responses import json_object

# The largest page of Webhook Rules and Settings.
_RULES_PAGE_SIZE = 100


def product_url(connection: Connection, product: str) -> str:
    """The origin of another API of Twilio's for *connection*, at its edge and in its region.

    If the API's origin is not Twilio's, like that of a sandbox, it serves all of the APIs.
    """
    return product_origin(product, connection.api_url) or connection.api_url


def is_regional(connection: Connection) -> bool:
    """Whether *connection* belongs to a region or an edge of Twilio's, not to the default one."""
    return connection.api_url.endswith(".twilio.com") and connection.api_url != TWILIO_API_URL


def get(client: TwilioClient, url: str) -> dict[str, Any]:
    """The JSON object at *url*, whose host is one of Twilio's. Raises the client's errors."""
    return json_object(client.answer(Request("GET", url, {"Accept": "application/json"})))


def incoming_numbers(client: TwilioClient) -> Iterator[dict[str, Any]]:
    """The account's numbers. https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource"""
    path = f"{API_PATH}/Accounts/{client.connection.account_sid}/IncomingPhoneNumbers.json"
    following: Any = f"{path}?PageSize={MAX_PAGE_SIZE}"
    while following:
        if not isinstance(following, str) or not following.startswith(f"{path}?"):
            raise TwilioResponseError("Twilio answered with a next page outside the account's numbers.")
        page = get(client, client.connection.api_url + following)
        yield from page.get("incoming_phone_numbers", [])
        following = page.get("next_page_uri")


def takes_texts(number: Mapping[str, Any]) -> bool:
    """Whether *number*, one of the account's, can receive texts."""
    return bool((number.get("capabilities") or {}).get("sms", True))


def messaging_services(client: TwilioClient) -> Iterator[dict[str, Any]]:
    """The account's messaging services. https://www.twilio.com/docs/messaging/api/service-resource"""
    path, origin = "/v1/Services", product_url(client.connection, "messaging")
    query = f"PageSize={MAX_PAGE_SIZE}"
    while query:
        page = get(client, f"{origin}{path}?{query}")
        yield from page.get("services", [])
        following = urlsplit(str(page.get("meta", {}).get("next_page_url") or f"{path}?"))
        # The request goes to the origin that the credentials belong to, whatever host the page names.
        if following.path != path:
            raise TwilioResponseError("Twilio answered with a next page outside the account's messaging services.")
        query = following.query


def webhook_resources(client: TwilioClient, kind: str) -> Iterator[dict[str, Any]]:
    """Of Twilio's webhooks configuration API, a beta, the ``Rules`` or the ``Settings``.

    https://www.twilio.com/docs/usage/webhooks/webhook-configuration
    """
    origin, token = product_url(client.connection, "webhooks"), ""
    while True:
        query = {"pageSize": str(_RULES_PAGE_SIZE), **({"pageToken": token} if token else {})}
        page = get(client, f"{origin}/v1/Webhooks/{kind}?{urlencode(query)}")
        meta = page.get("meta", {})
        yield from page.get(meta.get("key") or kind.lower(), [])
        token = meta.get("nextToken") or ""
        if not token:
            return
