"""What a webhook says: a form, the parameters of a GET, or a JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from twilio_connector.strict_json import parse_json
from twilio_connector.twilio.api import FORM_TYPE
from twilio_connector.webhook.http_request import BODY_HASH, HttpRequest, RefusedError

# Twilio sends some thirty; a URL of the user's own may add a few.
MAX_PARAMETERS = 1_000
# Twice what an event can hold, since text grows when it is escaped. Twilio's forms have some kilobytes.
MAX_FORM = 512 * 1024
# Unescaping this many takes 25 ms of a processor, most of what a stranger can cost. Between non-ASCII
# characters, which a correctly written form does not have, each takes up to ten times as long.
MAX_ESCAPES = 100_000
MAX_ESCAPES_AMONG_OTHERS = 10_000

Fields = Mapping[str, list[str]]


@dataclass(frozen=True)
class SignedPart:
    """What the signature covers in addition to the URL, known before anything else is made of the request.

    *fields* are those of a form, every value of each. *body_hash* is the hex SHA-256 of a body that the URL must name:
    of a document (*is_document*), and of whatever body comes with a URL that names one.
    """

    fields: Fields = field(default_factory=dict, repr=False)
    body_hash: str | None = None
    is_document: bool = False


@dataclass(frozen=True, kw_only=True)
class Payload:
    """The content of a webhook; a ``repr`` shows none of it.

    *data* is what the event's ``body.data`` will be: a JSON document (*is_document*), or the parameters of a form or a
    GET, of which *fields* holds every value of each.
    """

    data: Any = field(repr=False)
    fields: Fields = field(default_factory=dict, repr=False)
    is_document: bool = False

    def first(self, *names: str) -> str:
        """The first value of the first of the parameters *names* that is there and not blank, else an empty string."""
        return next((value for name in names for value in self.fields.get(name, []) if value), "")

    def is_of(self, account_sid: str) -> bool:
        """Whether what is signed with the token of *account_sid* names no other account as its own.

        Parameters may name it as ``AccountSid``, or as ``ParentAccountSid`` where the debugger reports on a subaccount:
        https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks. In documents customers use such
        names, too, and Event Streams bring the events of subaccounts: there only the signature counts.
        """
        # A blank one names no account.
        named, parents = (list(filter(None, self.fields.get(name, []))) for name in ("AccountSid", "ParentAccountSid"))
        return all(each == account_sid for each in named) or parents == [account_sid]


def signed_part(request: HttpRequest) -> SignedPart:
    """Read as much of *request* as its signature needs; a JSON document is not parsed yet.

    A GET whose URL names a body that is there is read like a POST, and for JSON if it does not say what it is. Raises
    :class:`RefusedError`: 405 for methods other than POST and GET, 415 for another content type, 413 for what no event
    can hold, 400 for a form that cannot be decoded.
    """
    if request.method not in ("GET", "POST"):
        raise RefusedError(405, "method")
    names_hash = _names_a_hash(request.query)
    if request.method == "GET" and not (names_hash and request.body):
        return SignedPart(body_hash=_hash(request.body) if names_hash else None)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == FORM_TYPE or not (content_type or request.body):
        fields = _parse_form(request.body)
        return SignedPart(fields=fields, body_hash=_hash(request.body) if names_hash else None)
    is_json = content_type == "application/json" or content_type.endswith("+json")
    if is_json or (request.method == "GET" and not content_type):
        return SignedPart(body_hash=_hash(request.body), is_document=True)
    raise RefusedError(415, "content_type")


def parse_payload(request: HttpRequest, signed: SignedPart) -> Payload:
    """What *request* brings, of which *signed* is known. Raises :class:`RefusedError` (400) for invalid JSON."""
    if signed.is_document:
        return Payload(data=_parse_json(request.body), is_document=True)
    is_form = request.method == "POST" or signed.fields
    fields = signed.fields if is_form else parse_query(request.query)
    return Payload(data=plain(fields), fields=fields)


def parse_query(query: str, errors: str = "replace") -> Fields:
    """The parameters of a raw query string. Bytes that are not UTF-8 are treated as *errors* says, as the codecs have
    it, and replaced by default: the user's own URL may hold any.

    Raises :class:`RefusedError` (400) if there are too many.
    """
    return _parse_parameters(query, errors)


def plain(fields: Fields) -> dict[str, str | list[str]]:
    """Parameters as events show them: the value, or the list of values of a repeated one."""
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _parse_form(body: bytes) -> Fields:
    most = MAX_ESCAPES if body.isascii() else MAX_ESCAPES_AMONG_OTHERS
    if len(body) > MAX_FORM or body.count(b"%") > most:
        raise RefusedError(413, "too_large")
    try:
        return _parse_parameters(body.decode(), "strict")
    except UnicodeDecodeError as exc:
        raise RefusedError(400, "body") from exc


def _parse_parameters(text: str, errors: str) -> Fields:
    fields: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors=errors)
    except ValueError as exc:
        raise RefusedError(400, "parameters") from exc
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _parse_json(body: bytes) -> Any:
    # Studio sends nothing at all as JSON, with the hash of nothing.
    if not body:
        return None
    try:
        return parse_json(body.decode())
    except ValueError as exc:
        raise RefusedError(400, "body") from exc


def _names_a_hash(query: str) -> bool:
    return BODY_HASH in query and any(part.partition("=")[0] == BODY_HASH for part in query.split("&"))


def _hash(raw: bytes) -> str:
    return sha256(raw).hexdigest()
