"""Numbers and messaging services at Twilio: found, read, changed."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from operations.connect.target import NUMBER, SERVICE, Target, Values
from operations.doctor.twilio_lists import get, incoming_numbers, messaging_services, product_url, takes_texts
from operations.stack import StackError
from twilio_connector.errors import (
    InvalidInputError,
    OutcomeUnknownError,
    TwilioNotFoundError,
    TwilioResponseError,
    TwilioUnavailableError,
)
from twilio_connector.masking import mask_numbers
from twilio_connector.twilio.addresses import normalize_recipient
from twilio_connector.twilio.api import API_PATH, FORM_TYPE
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.request import Request

NUMBER_SID = re.compile(r"PN[0-9a-fA-F]{32}")
SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_CONSOLE = "Short codes and senders of other channels are set in Twilio's console."


def find_number(client: TwilioClient, given: str) -> Target:
    """The account's number *given*, a phone number or a SID. Raises :class:`StackError` if it has none such."""
    connection = client.connection
    numbers = f"{connection.api_url}{API_PATH}/Accounts/{connection.account_sid}/IncomingPhoneNumbers"
    if NUMBER_SID.fullmatch(given):
        found = _found(client, f"{numbers}/{given}.json", given)
    else:
        try:
            wanted = normalize_recipient(given, connection.default_country, "NUMBER")
        except InvalidInputError as exc:
            raise StackError(str(exc), "+15551234567 is right in every country, and so is the number's SID.") from exc
        owned = (number for number in incoming_numbers(client) if number.get("phone_number") == wanted)
        found = next(owned, {}) or _missing(client, f"number {mask_numbers(wanted)}")
    label = f"number {mask_numbers(str(found.get('phone_number') or '')) or found['sid']}"
    address = f"{numbers}/{found['sid']}.json"
    return Target(NUMBER, label, found["sid"], address, NUMBER.values(found), takes_texts(found))


def find_service(client: TwilioClient, sid: str) -> Target:
    """The account's messaging service *sid*. Raises :class:`StackError` if it has none such."""
    address = _service_address(client, sid)
    found = _found(client, address, sid)
    return Target(SERVICE, f"messaging service {sid}", sid, address, SERVICE.values(found))


def service_of(client: TwilioClient, number: Target) -> Mapping[str, Any] | None:
    """The messaging service that has *number* among its senders; None if none has."""
    for service in messaging_services(client):
        try:
            get(client, f"{_service_address(client, str(service.get('sid')))}/PhoneNumbers/{number.sid}")
        except TwilioNotFoundError:
            continue
        return service
    return None


def again(client: TwilioClient, target: Target) -> Target:
    """*target* as it is now."""
    return replace(target, values=target.kind.values(get(client, target.address)))


def change(client: TwilioClient, target: Target, wanted: Values) -> None:
    """Set *target* to *wanted*, and read back whether it is.

    The read also settles a lost answer. Raises the client's errors, and :class:`StackError` if Twilio has accepted
    the change and shows something else.
    """
    body = urlencode({name: value for name, value in wanted.items() if value != target.values[name]}).encode()
    headers = {"Accept": "application/json", "Content-Type": FORM_TYPE}
    request, lost = Request("POST", target.address, headers, body), None
    try:
        client.answer(request)
    except (OutcomeUnknownError, TwilioUnavailableError, TwilioResponseError) as exc:
        lost = exc
    now = again(client, target).values
    if wrong := [name for name, value in wanted.items() if now[name] != value]:
        raise lost or StackError(
            f"Twilio has accepted the change, but {', '.join(wrong)} of the {target.label} is not what was asked for.",
            "Look at it in Twilio's console.",
        )


def _service_address(client: TwilioClient, sid: str) -> str:
    return f"{product_url(client.connection, 'messaging')}/v1/Services/{sid}"


def _found(client: TwilioClient, address: str, sid: str) -> dict[str, Any]:
    try:
        found = get(client, address)
    except TwilioNotFoundError:
        return _missing(client, sid)
    # With the credentials of a parent account, the products' APIs answer for that one.
    if found.get("account_sid") != client.connection.account_sid:
        return _missing(client, sid)
    return {**found, "sid": sid}


def _missing(client: TwilioClient, what: str) -> dict[str, Any]:
    raise StackError(
        f"The account {client.connection.account_sid} has no {what}.", f"Check it, and CONNECTION. {_CONSOLE}"
    )
