"""What Twilio's answers mean: bodies parsed, errors classed by what the caller can do about them.

Error bodies: https://www.twilio.com/docs/usage/twilios-response, some newer APIs use RFC 9457; proxies in between
answer HTML.
"""

import json
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
from twilio_connector.masking import redact

OPTED_OUT = 21610
DOCUMENTATION = "https://www.twilio.com/docs/"

_BY_STATUS = {
    401: TwilioAuthenticationError,
    403: TwilioAuthenticationError,
    404: TwilioNotFoundError,
    429: TwilioThrottledError,
}


def json_object(response: BaseHTTPResponse) -> dict[str, Any]:
    """The body as a JSON object. Raises :class:`TwilioResponseError` where it is something else."""
    parsed = _parse(response)
    if not isinstance(parsed, dict):
        raise TwilioResponseError(
            f"Twilio answered {response.status} with a body that is no JSON object.", status=response.status
        )
    return parsed


def error_of(response: BaseHTTPResponse, *, repeatable: bool, private: Iterable[str] = ()) -> TwilioConnectorError:
    """The error that a response which is not 2xx stands for.

    *repeatable*: whether the request can be repeated without harm, which decides what a 5xx means. *private*: texts of
    the request (a message body) that must not stand in the error, should Twilio quote them.
    """
    parsed = _parse(response)
    body = parsed if isinstance(parsed, dict) else {}
    code = body.get("code") if type(body.get("code")) is int else None
    sentence = f"Twilio answered {response.status}" + (f" (code {code})" if code else "")
    if explanation := _explanation(body, private):
        sentence += f": {explanation}"
    link = body.get("more_info")
    if isinstance(link, str) and link.startswith(DOCUMENTATION):
        sentence += f" {link[:200]}"
    return _class_of(response.status, code, repeatable)(sentence, status=response.status, code=code)


def _class_of(status: int, code: int | None, repeatable: bool) -> type[TwilioConnectorError]:
    if status < 400:
        return TwilioResponseError
    # 408: what stands between says that it did not get the request whole, and cannot know what Twilio got.
    if status >= 500 or status == 408:
        return TwilioUnavailableError if repeatable else OutcomeUnknownError
    if code == OPTED_OUT:
        return TwilioOptedOutError
    return _BY_STATUS.get(status, TwilioRejectedError)


def _explanation(body: dict[str, Any], private: Iterable[str]) -> str:
    explanation = next((body[key] for key in ("message", "detail", "title") if isinstance(body.get(key), str)), "")
    return redact(explanation, private)[:500]


def _parse(response: BaseHTTPResponse) -> Any:
    try:
        return json.loads(response.data)
    except (ValueError, RecursionError):
        return None
