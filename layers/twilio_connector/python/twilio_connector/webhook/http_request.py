"""HTTP requests as Lambda receives them: from an HTTP API (2.0), a REST API (1.0) or a Function URL (as 2.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from twilio_connector.errors import InvalidInputError

# Bytes. API Gateway takes no more than 10,240 of request line and headers.
MAX_QUERY = 16 * 1024

# The parameter by which Twilio names the SHA-256 of a body that is not a form, after the others.
BODY_HASH = "bodySHA256"

# Names and values, decoded.
Pairs = tuple[tuple[str, str], ...]

_EVENT_TYPES = {
    **dict.fromkeys(("httpMethod", "path", "rawPath", "rawQueryString", "body"), str),
    **dict.fromkeys(("headers", "queryStringParameters", "pathParameters"), dict),
    **dict.fromkeys(("multiValueHeaders", "multiValueQueryStringParameters"), dict),
}
_CONTEXT_TYPES = dict.fromkeys(("stage", "path", "domainName"), str)
_HTTP_TYPES = dict.fromkeys(("method", "path"), str)


class RefusedError(Exception):
    """A request that is answered with the HTTP *status*; *cause* is one of few fixed words, for logs and metrics."""

    def __init__(self, status: int, cause: str) -> None:
        super().__init__(f"{status} {cause}")
        self.status = status
        self.cause = cause


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """One request to ``/webhook/{connection}``; what it says does not show in a ``repr``.

    The URL that the client called is not in the event: *hosts* and *paths* are what it may have consisted of.
    *query* is the raw query string or, where the event holds it decoded, one way it may have been written; *parameters*
    are then what the event holds, in no certain order, else None.
    Header names are lower-case; several values of one are joined by commas. *repeated* are the names that the event
    has several values of: of a 2.0 event, they are joined already.
    """

    method: str
    connection: str
    hosts: tuple[str, ...]
    paths: tuple[str, ...] = field(repr=False)
    query: str = field(repr=False)
    parameters: Pairs | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    repeated: frozenset[str] = frozenset()


def parse_request(event: Any) -> HttpRequest:
    """The request that *event* holds.

    Raises :class:`InvalidInputError` for an event that is not an HTTP request, :class:`RefusedError` for a body that is
    not the base64 it claims to be (400) and for a query string beyond ``MAX_QUERY`` (413).
    """
    if _has_types(event, _EVENT_TYPES) and _has_types(event.get("requestContext"), _CONTEXT_TYPES):
        context = event["requestContext"]
        if _has_types(context.get("http"), _HTTP_TYPES):
            return _of_version_2(event, context)
        if event.get("httpMethod"):
            return _of_version_1(event, context)
    raise InvalidInputError("The event is not an HTTP request of API Gateway or of a Function URL.")


def _has_types(part: Any, types: Mapping[str, type]) -> bool:
    """Whether *part* is an object whose fields, as far as they are there, are of these *types*."""
    return isinstance(part, dict) and all(
        part.get(name) is None or isinstance(part[name], expected) for name, expected in types.items()
    )


def _of_version_2(event: Mapping[str, Any], context: Mapping[str, Any]) -> HttpRequest:
    named = list(_several(event, "headers", "headers"))
    headers = _headers(named)
    path, query = event.get("rawPath") or "", event.get("rawQueryString") or ""
    if _size(query) > MAX_QUERY:
        raise RefusedError(413, "query")
    return HttpRequest(
        method=str(context["http"].get("method")).upper(),
        connection=_connection(event, path),
        hosts=_distinct([headers.get("host"), context.get("domainName")]),
        paths=_with_stage([path, context["http"].get("path")], context.get("stage")),
        query=query,
        headers=headers,
        body=_body(event),
        repeated=_repeated(named),
    )


def _of_version_1(event: Mapping[str, Any], context: Mapping[str, Any]) -> HttpRequest:
    named = _headers_of_version_1(event)
    headers = _headers(named)
    path = event.get("path") or ""
    parameters = _parameters(_several(event, "multiValueQueryStringParameters", "queryStringParameters"))
    return HttpRequest(
        method=event["httpMethod"].upper(),
        connection=_connection(event, path),
        hosts=_distinct([headers.get("host"), context.get("domainName")]),
        # The context's path holds the stage, or the mapping of a custom domain; the event's own neither.
        paths=_with_stage([context.get("path"), path], context.get("stage")),
        query=urlencode(parameters, errors="surrogatepass"),
        parameters=parameters,
        headers=headers,
        body=_body(event),
        repeated=_repeated(named),
    )


def _several(event: Mapping[str, Any], many: str, one: str) -> Iterator[tuple[str, list[Any]]]:
    """The names and all values of a 1.0 event's field *many*, or of *one*, where that alone is there."""
    for name, values in (event.get(many) or event.get(one) or {}).items():
        yield name, values if isinstance(values, list) else [values]


def _headers_of_version_1(event: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """The names and all values of headers. One that only either of the two fields has must not be overlooked."""
    several = list(_several(event, "multiValueHeaders", "headers"))
    named = {name.lower() for name, _ in several}
    return several + [pair for pair in _several(event, "headers", "headers") if pair[0].lower() not in named]


def _headers(pairs: Iterable[tuple[str, list[Any]]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, values in pairs:
        before = [headers[name.lower()]] if name.lower() in headers else []
        headers[name.lower()] = ",".join([*before, *map(str, values)])
    return headers


def _repeated(pairs: Iterable[tuple[str, list[Any]]]) -> frozenset[str]:
    """The names of headers that come several times, in whatever case."""
    names = Counter(name.lower() for name, values in pairs for _ in values)
    return frozenset(name for name, times in names.items() if times > 1)


def _connection(event: Mapping[str, Any], path: str) -> str:
    """The name in the path: by the route's own parameter, else the last segment."""
    parameters = event.get("pathParameters") or {}
    return str(parameters.get("connection") or unquote(path.rstrip("/").rpartition("/")[2]))


def _with_stage(paths: Iterable[str | None], stage: str | None) -> tuple[str, ...]:
    """*paths* as they are, then with the stage before them, or without it where it is there."""
    known = _distinct(paths)
    if not stage or stage == "$default":
        return known
    prefix = f"/{stage}"
    others = [path.removeprefix(prefix) if path.startswith(f"{prefix}/") else prefix + path for path in known]
    return _distinct([*known, *others])


def _parameters(named: Iterable[tuple[str, list[Any]]]) -> Pairs:
    """The parameters of a 1.0 event, which holds them decoded and by name."""
    pairs: list[tuple[str, str]] = []
    size = 0
    for name, value in ((name, str(value)) for name, values in named for value in values):
        pairs.append((name, value))
        size += _size(name) + _size(value) + len("=&")
        if size > MAX_QUERY:
            raise RefusedError(413, "query")
    return tuple(pairs)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        # An unpaired surrogate is not text: these bytes then fail to decode, as they should.
        return body.encode("utf-8", "surrogatepass")
    try:
        return b64decode(body, validate=True)
    except ValueError as exc:
        raise RefusedError(400, "base64") from exc


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
