"""The action raw_request: any HTTP request to Twilio, with the connection's credentials and hence to Twilio only."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from urllib3.response import BaseHTTPResponse

from twilio_connector.errors import (
    ConnectionConfigError,
    InvalidInputError,
    OutcomeUnknownError,
    ServiceUnavailableError,
    TwilioConnectorError,
)
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.raw_request.body import encode_body
from twilio_connector.raw_request.creations import reaches_people
from twilio_connector.raw_request.headers import header_fields
from twilio_connector.raw_request.pairs import text_pairs
from twilio_connector.raw_request.recipients import admission_of
from twilio_connector.raw_request.response import RESPONSE_TYPES, result_of
from twilio_connector.raw_request.retries import retry_as_asked
from twilio_connector.raw_request.url import resolve
from twilio_connector.strict_json import texts_in
from twilio_connector.twilio.client import ClientOf, TwilioClient
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.responses import error_of, redirects
from twilio_connector.twilio.retries import BoundedRetry

if TYPE_CHECKING:
    from twilio_connector.limits.admission import Limits

METHODS = ("DELETE", "GET", "HEAD", "LINK", "OPTIONS", "PATCH", "POST", "PURGE", "PUT", "UNLINK")
RAW_REQUEST_INPUTS = (
    "url",
    "method",
    "data",
    "formData",
    "fileData",
    "fileDataFileNames",
    "headers",
    "queryParams",
    "responseType",
    "timeout",
    "maxRetries",
    "retryDelayMS",
    "retryAllErrors",
    "useExponentialBackoff",
)
MAX_TIMEOUT_MS = 900_000


def raw_request(event: object, client_of: ClientOf, limits: "Limits | None" = None) -> dict[str, Any]:
    """``{connection?, url, method? = GET, …}`` -> ``{"data", "status", "headers"}`` of an answer that is 2xx, or
    a redirect, which is never followed.

    ``timeout`` (ms) bounds all of it: every attempt, the waits between them, and the answer to its last byte. The other
    inputs are described where they are read: url in :mod:`.url`, headers in :mod:`.headers`, queryParams in
    :mod:`.pairs`, data in :mod:`.body`, retries in :mod:`.retries`; responseType and the result in :mod:`.response`.

    Raises :class:`InvalidInputError` before anything is sent, and for a message the errors of *limits*; the error of
    its class for any other answer; :class:`TwilioUnavailableError` without one, or :class:`OutcomeUnknownError` where
    the request changes something.
    """
    inputs = Inputs(event, RAW_REQUEST_INPUTS)
    asked_url, query = inputs.required("url"), text_pairs(inputs.value("queryParams"), "queryParams")
    method = _choice(inputs, "method", "GET", METHODS)
    response_type = _choice(inputs, "responseType", "json", RESPONSE_TYPES)
    timeout = inputs.number("timeout", MAX_TIMEOUT_MS, 1, MAX_TIMEOUT_MS) / 1000
    headers = header_fields(inputs.value("headers"))
    body = encode_body(inputs, headers.get("Content-Type"))
    if body.content_type:
        headers["Content-Type"] = body.content_type

    client = client_of(inputs.connection)
    url = _with_query(resolve(asked_url, client.connection), query)
    deadline = replace(client.deadline, at=min(client.deadline.at, client.deadline.clock() + timeout))
    admission = admission_of(inputs, method, url, client.connection, limits)
    retries = retry_as_asked(
        inputs,
        deadline,
        lambda: reaches_people(method, url, client.connection.api_url),
        admission.another if admission else lambda: True,
    )
    request = Request(method, url, headers, body.content, read_seconds=timeout)
    with admission.entered() if admission else nullcontext():
        response = _answer(client, request, retries, body.private)
    return result_of(response, response_type)


def _answer(client: TwilioClient, request: Request, retries: BoundedRetry, private: Iterable[str]) -> BaseHTTPResponse:
    """The answer to the *request*, 2xx or a redirect; no error quotes the *private* texts of its body."""
    try:
        response = client.request(request, retries)
    except (ConnectionConfigError, ServiceUnavailableError) as exc:
        # A 401 made the client read the secret again.
        raise _unless_unsettled(exc, request, retries) from exc
    if not (200 <= response.status < 300 or redirects(response)):
        error = error_of(response, repeatable=not request.changes, private=[*private, *_private_in(request)])
        raise _unless_unsettled(error, request, retries)
    return response


def _choice(inputs: Inputs, name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of *choices*, in whatever case it is given."""
    given = (inputs.text(name) or default).strip().casefold()
    for choice in choices:
        if given == choice.casefold():
            return choice
    raise InvalidInputError(f"{name} must be one of {', '.join(choices)}.")


def _with_query(url: str, query: list[tuple[str, str]]) -> str:
    if not query:
        return url
    separator = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return url + separator + urlencode(query)


def _private_in(request: Request) -> list[str]:
    """Texts in the query that no error may quote: Twilio takes the parameters of a message from there, too."""
    return list(texts_in([value for _, value in parse_qsl(urlsplit(request.url).query)])) if request.changes else []


def _unless_unsettled(error: TwilioConnectorError, request: Request, retries: BoundedRetry) -> TwilioConnectorError:
    """The *error* that a request ended with, unless an attempt before it may have done what was asked."""
    if not request.changes or not retries.unsettled or isinstance(error, OutcomeUnknownError):
        return error
    return OutcomeUnknownError(
        f"An earlier attempt may have been carried out ({', '.join(sorted(retries.unsettled))}); then {error}",
        status=error.status,
        code=error.code,
    )
