"""Where the account's phone numbers send inbound texts. Only reads.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from operations.doctor.credentials import client_of
from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.errors import TwilioAuthenticationError, TwilioResponseError
from twilio_connector.masking import mask_numbers
from twilio_connector.twilio.api import API_PATH, MAX_PAGE_SIZE
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.responses import error_of, json_object
from twilio_connector.twilio.retries import retry_by_proof

# So many are named; who has more of them has a pattern, not a slip.
NAMED = 5


def check_numbers(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether texts to the account's numbers come to the webhook of the connection *name*.

    One that goes elsewhere is no failure: another application may own it, and of the senders of a messaging service
    the service's own inbound URL counts.
    """
    subject, url = Subject(f"numbers {name}"), stack.webhook_url(name)
    try:
        owned = [number for number in incoming_numbers(client_of(stack, name)) if _takes_texts(number)]
    except TwilioAuthenticationError as exc:
        yield subject.warn(
            f"These credentials may not list the account's numbers. {exc}",
            f"Look in Twilio's console whether 'A message comes in' of each number is {url}",
        )
        return
    elsewhere = [number for number in owned if not _same_place(str(number.get("sms_url") or ""), url)]
    if not owned:
        yield subject.ok("The account has no number of its own that takes texts.")
    elif not elsewhere:
        yield subject.ok(f"All {len(owned)} send inbound texts to the webhook.")
    else:
        named = ", ".join(map(_described, elsewhere[:NAMED])) + (", ..." if len(elsewhere) > NAMED else "")
        update = ["twilio", "api:core:incoming-phone-numbers:update", "--sid", str(elsewhere[0].get("sid"))]
        yield subject.warn(
            f"{len(elsewhere)} of {len(owned)} send inbound texts elsewhere: {named}.",
            "Of senders of a messaging service, the service's own inbound URL may count instead. Others, unless it is "
            f"meant so: {shlex.join([*update, '--sms-url', url])}",
        )


def incoming_numbers(client: TwilioClient) -> Iterator[dict[str, Any]]:
    """The account's numbers, as Twilio describes them, of all pages. Raises the client's errors."""
    path = f"{API_PATH}/Accounts/{client.connection.account_sid}/IncomingPhoneNumbers.json"
    following: Any = f"{path}?PageSize={MAX_PAGE_SIZE}"
    while following:
        if not isinstance(following, str) or not following.startswith(f"{path}?"):
            raise TwilioResponseError("Twilio answered with a next page outside the account's numbers.")
        response = client.request(
            "GET",
            client.connection.api_url + following,
            headers={"Accept": "application/json"},
            retries=retry_by_proof("GET", client.deadline),
        )
        if response.status != 200:
            raise error_of(response, repeatable=True)
        page = json_object(response)
        yield from page.get("incoming_phone_numbers", [])
        following = page.get("next_page_uri")


def _takes_texts(number: dict[str, Any]) -> bool:
    capabilities = number.get("capabilities") or {}
    return bool(capabilities.get("sms", True))


def _same_place(configured: str, webhook: str) -> bool:
    """Whether both URLs lead to the same path; queries and fragments (``#rc=5``) are the number's own business."""
    try:
        one, other = urlsplit(configured), urlsplit(webhook)
        ports = one.port or 443, other.port or 443
    except ValueError:
        return False
    places = (one.scheme, one.hostname, one.path), (other.scheme, other.hostname, other.path)
    return ports[0] == ports[1] and places[0] == places[1]


def _described(number: dict[str, Any]) -> str:
    """The number, masked, and where it leads: a host alone, for the rest of a URL may hold credentials."""
    masked = mask_numbers(str(number.get("phone_number") or "")) or "a number"
    if application := number.get("sms_application_sid"):
        return f"{masked} (to the application {application})"
    try:
        host = urlsplit(str(number.get("sms_url") or "")).hostname
    except ValueError:
        host = "an invalid URL"
    return f"{masked} (to {host or 'nowhere'})"
