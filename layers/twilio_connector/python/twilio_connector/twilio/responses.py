"""What Twilio's answers mean: bodies parsed, errors classed by what the caller can do about them."""

import re
from collections.abc import Iterable
from typing import Any

from urllib3.response import BaseHTTPResponse

from twilio_connector.errors import (
    OutcomeUnknownError,
    TwilioAuthenticationError,
    TwilioConnectorError,
    TwilioNotFoundError,
    TwilioOptedOutError,
    TwilioRejectedError,
    TwilioResponseError,
    TwilioThrottledError,
    TwilioUnavailableError,
)
from twilio_connector.invocation.results import encodable
from twilio_connector.masking import redact
from twilio_connector.strict_json import parse_json
from twilio_connector.twilio.error_body import explanation_in

OPTED_OUT = 21610
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")

_BY_STATUS = {
    401: TwilioAuthenticationError,
    403: TwilioAuthenticationError,
    404: TwilioNotFoundError,
    429: TwilioThrottledError,
}


def json_object(response: BaseHTTPResponse) -> dict[str, Any]:
    """The body as a JSON object, its texts such as UTF-8 can hold.

    Raises :class:`TwilioResponseError` where it is something else.
    """
    parsed = _parse(response)
    if not isinstance(parsed, dict):
        raise TwilioResponseError(
            f"Twilio answered {response.status} with a body that is not a JSON object.", status=response.status
        )
    # A text cut between two UTF-16 units would go into events, too.
    return encodable(parsed) if _SURROGATE.search(response.data) else parsed


def error_of(response: BaseHTTPResponse, *, repeatable: bool, private: Iterable[str] = ()) -> TwilioConnectorError:
    """The error that a response other than 2xx means.

    *repeatable*: whether the request can be repeated without harm, which decides what a 5xx means. *private*: texts of
    the request (a message body) that must not appear in the error, should Twilio quote them.
    """
    said = explanation_in(response.data)
    sentence = f"Twilio answered {response.status}" + (f" (code {said.code})" if said.code else "")
    if explanation := redact(said.sentence, private)[:500]:
        sentence += f": {explanation}"
    if said.link:
        sentence += f" {said.link[:200]}"
    return _class_of(response.status, said.code, repeatable)(sentence, status=response.status, code=said.code)


def redirects(response: BaseHTTPResponse) -> bool:
    """Whether the answer sends the caller on to an address, in a header or as ``redirect_to`` in its JSON.

    The address is as good as a password for some minutes: its owner needs no credentials.
    """
    if not 300 <= response.status < 400:
        return False
    if response.headers.get("Location", "").strip():
        return True
    parsed = _parse(response)
    address = parsed.get("redirect_to") if isinstance(parsed, dict) else None
    return isinstance(address, str) and bool(address.strip())


def _class_of(status: int, code: int | None, repeatable: bool) -> type[TwilioConnectorError]:
    if status < 400:
        return TwilioResponseError
    # 408: an intermediary says that it did not get the whole request, and cannot know what Twilio got.
    if status >= 500 or status == 408:
        return TwilioUnavailableError if repeatable else OutcomeUnknownError
    if code == OPTED_OUT:
        return TwilioOptedOutError
    return _BY_STATUS.get(status, TwilioRejectedError)


def _parse(response: BaseHTTPResponse) -> Any:
    try:
        return parse_json(response.data or b"")
    except ValueError:
        return None
