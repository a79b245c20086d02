"""What raw_request returns of Twilio's answer."""

import json
import re
from base64 import b64encode
from typing import Any

from urllib3.response import BaseHTTPResponse

from twilio_connector.errors import TwilioResponseError
from twilio_connector.invocation.results import MAX_RESULT_BYTES, result_bytes
from twilio_connector.strict_json import parse_json

RESPONSE_TYPES = ("json", "text", "binary")

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


def result_of(response: BaseHTTPResponse, response_type: str) -> dict[str, Any]:
    """``{"data", "status", "headers"}`` of *response*.

    ``data`` is, by *response_type*, the parsed JSON (null if the body is empty, text if it does not parse or holds half
    a surrogate pair, which Lambda cannot return), the text in its own charset, or base64, then with
    ``"isBase64Encoded": true``. Header names are in lower case; the values of a repeated one are joined by commas.
    Raises :class:`TwilioResponseError` if it would outgrow Lambda's response.
    """
    if len(response.data) > MAX_RESULT_BYTES:
        raise _too_large(response)
    headers = {name.lower(): value for name, value in response.headers.itermerged()}
    result: dict[str, Any] = {"data": None, "status": response.status, "headers": headers}
    if response_type == "binary":
        result |= {"data": b64encode(response.data).decode(), "isBase64Encoded": True}
    elif response_type == "text":
        result["data"] = _text(response)
    elif response.data:
        result["data"] = _json(response)
    if result_bytes(result) > MAX_RESULT_BYTES:
        raise _too_large(response)
    return result


def _json(response: BaseHTTPResponse) -> Any:
    try:
        parsed = parse_json(response.data, large_integers=True)
        # A text with an unpaired surrogate is more useful as written than repaired.
        json.dumps(parsed, ensure_ascii=False).encode()
    except ValueError:
        return _text(response)
    return parsed


def _text(response: BaseHTTPResponse) -> str:
    charset = _CHARSET.search(response.headers.get("content-type", ""))
    try:
        text = response.data.decode(charset[1] if charset else "utf-8", errors="replace")
        # Some charsets (UTF-7) can write half a surrogate pair, which no result can hold.
        text.encode()
        return text
    except (LookupError, UnicodeError):
        return response.data.decode(errors="replace")


def _too_large(response: BaseHTTPResponse) -> TwilioResponseError:
    return TwilioResponseError(
        f"Twilio answered {response.status} with more than Lambda's response limit of 6 MB.", status=response.status
    )
