"""The action list_messages: a bounded part of a list, and a token to continue with."""

import base64
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twilio_connector.errors import InvalidInputError
from twilio_connector.instants import iso_second
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.invocation.results import MAX_RESULT_BYTES, result_bytes
from twilio_connector.strict_json import parse_json
from twilio_connector.twilio.addresses import normalize_sender
from twilio_connector.twilio.api import MAX_PAGE_SIZE, Parameters
from twilio_connector.twilio.client import ClientOf, Page, TwilioClient
from twilio_connector.twilio.message import Message, to_message

# A page that could not be read before the invocation ends is left to the next call.
MIN_PAGE_SECONDS = 10.0


@dataclass(frozen=True)
class PageToken:
    """Where a walk continues: at the page *uri*, without the messages *skip* (:func:`_mark`) returned before.

    Twilio's own page tokens point between pages only, and a first page moves when messages arrive.
    """

    uri: str
    skip: frozenset[str] = frozenset()

    def encode(self, binding: str) -> str:
        """The token as callers see it: opaque, and bound to the list that it is for."""
        packed = [binding, self.uri, "".join(sorted(self.skip))]
        return base64.urlsafe_b64encode(json.dumps(packed).encode()).decode()

    @classmethod
    def parse(cls, token: str, binding: str) -> "PageToken":
        """The token that callers see as *token*. Raises :class:`InvalidInputError` for one of another *binding*."""
        try:
            bound, uri, marks = parse_json(base64.b64decode(token, altchars=b"-_", validate=True))
        except (ValueError, TypeError) as exc:
            raise InvalidInputError("pageToken is invalid; pass the nextPageToken of an earlier result.") from exc
        if bound != binding or not isinstance(uri, str) or not isinstance(marks, str):
            raise InvalidInputError("pageToken belongs to another connection or to other filters.")
        return cls(uri, frozenset(marks[start : start + 16] for start in range(0, len(marks), 16)))


def list_messages(event: object, client_of: ClientOf) -> dict[str, Any]:
    """``{connection?, from?, to?, dateSentAfter?, dateSentBefore?, limit? = 1000 (1-10,000), pageToken?}`` ->
    ``{"data": [message…], "nextPageToken": string | null}``.

    Newest first, bounds inclusive. Ends before the response outgrows Lambda's 6 MB or the time runs out, with a token.
    Raises :class:`InvalidInputError` and the errors of the client.
    """
    inputs = Inputs(event, ["from", "to", "dateSentAfter", "dateSentBefore", "limit", "pageToken"])
    limit = inputs.number("limit", 1_000, 1, 10_000)
    after, before = inputs.instant("dateSentAfter"), inputs.instant("dateSentBefore")
    client = client_of(inputs.connection)
    filters = [*_numbers(inputs, client.connection.default_country), *_bounds(after, before)]
    binding = _binding(client, filters)
    token = inputs.text("pageToken")
    start = PageToken.parse(token, binding) if token else PageToken(client.list_uri(filters, min(limit, MAX_PAGE_SIZE)))
    if not client.lists(start.uri):
        raise InvalidInputError("pageToken is invalid; pass the nextPageToken of an earlier result.")
    messages, following = _take(client, start, limit, dict(filters))
    return {"data": messages, "nextPageToken": following.encode(binding) if following else None}


def _take(
    client: TwilioClient, start: PageToken, limit: int, filters: dict[str, str]
) -> tuple[list[Message], PageToken | None]:
    """At most *limit* messages from *start* on, and the token to continue with, None at the end of the list."""
    messages: list[Message] = []
    room, skip = MAX_RESULT_BYTES, set(start.skip)
    for uri, page in _pages_from(client, start.uri):
        done: set[str] = set()
        for message in map(to_message, page.messages):
            mark = _mark(message)
            if mark in skip or not _inside(message, filters):
                skip.discard(mark)
                done.add(mark)
                continue
            size = result_bytes(message) + len(", ")
            if messages and (size > room or len(messages) == limit):
                return messages, PageToken(uri, frozenset(done | skip))
            messages.append(message)
            done.add(mark)
            room -= size
        at_end = page.next_page_uri is None
        if not at_end and (len(messages) >= limit or client.deadline.remaining() < MIN_PAGE_SECONDS):
            return messages, PageToken(page.next_page_uri or "", frozenset(skip))
    return messages, None


def _pages_from(client: TwilioClient, uri: str) -> Iterator[tuple[str, Page]]:
    for page in client.pages(uri):
        yield uri, page
        uri = page.next_page_uri or ""


def _numbers(inputs: Inputs, country: str) -> Parameters:
    given = [(parameter, name, inputs.text(name)) for parameter, name in (("From", "from"), ("To", "to"))]
    return [(parameter, normalize_sender(value.strip(), country, name)) for parameter, name, value in given if value]


def _bounds(after: datetime | None, before: datetime | None) -> Parameters:
    """Twilio compares whole seconds, so a bound between two of them is moved to the one inside."""
    bounds = []
    if after:
        bounds.append(("DateSent>", iso_second(math.ceil(after.timestamp()))))
    if before:
        bounds.append(("DateSent<", iso_second(math.floor(before.timestamp()))))
    return bounds


def _inside(message: Message, filters: dict[str, str]) -> bool:
    """Whether the message lies within the bounds: Twilio's documentation promises to compare no more than the day."""
    low, high = filters.get("DateSent>"), filters.get("DateSent<")
    sent = message["dateSent"]
    if sent is None:
        return not (low or high)
    second = sent[:19] + "Z"
    return (low is None or second >= low) and (high is None or second <= high)


def _binding(client: TwilioClient, filters: Parameters) -> str:
    bound = [client.connection.name, client.connection.account_sid, *filters]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()[:16]


def _mark(message: Message) -> str:
    """Sixteen characters that identify the message in a token."""
    return str(message["sid"])[-16:]
