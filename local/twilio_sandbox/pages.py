"""The page envelope of the 2010 API, around rows of any kind.

Vendor page: https://www.twilio.com/docs/usage/twilios-response#pagination
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Request
from werkzeug.datastructures import MultiDict

from local.twilio_sandbox.errors import TwilioError

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

Args = MultiDict[str, str]


def invalid_page_token() -> TwilioError:
    """400 21481, for a token that is malformed or no longer accepted."""
    return TwilioError(400, 21481, "Invalid PageToken")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for: its path and query, size, number and token."""

    path: str
    args: Args
    size: int
    number: int
    token: str | None

    @classmethod
    def of(cls, path: str, args: Args) -> PageRequest:
        """Read the three parameters of paging.

        Raises:
            TwilioError: 400 for a page size over 1000, a value that is not a number, or a page number without a token.
        """
        size, number = _whole_number(args, "PageSize", DEFAULT_PAGE_SIZE), _whole_number(args, "Page", 0)
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise TwilioError(400, 20007, f"Page size must be from 1 to {MAX_PAGE_SIZE}")
        if number > 0 and "PageToken" not in args:
            raise TwilioError(400, 20001, "PageToken is required for paging.")
        return cls(path, args, size, number, args.get("PageToken"))

    def envelope(
        self, name: str, rows: Sequence[Mapping[str, object]], *, previous: str | None, following: str | None
    ) -> dict[str, object]:
        """Return the page of those rows; `previous` and `following` are the tokens of its neighbours."""
        return {
            name: list(rows),
            "page": self.number,
            "page_size": self.size,
            "start": self.number * self.size,
            "end": self.number * self.size + max(len(rows) - 1, 0),
            "uri": self._uri(self.number, self.token),
            "first_page_uri": self._uri(0, None),
            "previous_page_uri": self._uri(self.number - 1, previous) if previous is not None else None,
            "next_page_uri": self._uri(self.number + 1, following) if following is not None else None,
        }

    def _uri(self, number: int, token: str | None) -> str:
        query = [pair for pair in self.args.items(multi=True) if not pair[0].startswith("Page")]
        query += [("PageSize", str(self.size)), ("Page", str(number))]
        query += [("PageToken", token)] if token else []
        return f"{self.path}?{urlencode(query)}"


def page_of(name: str, rows: Sequence[Mapping[str, object]], request: Request) -> dict[str, object]:
    """Return one page of a short list, whose tokens are `PA` and the SID that the page before ended with."""
    page = PageRequest.of(request.path, request.args)
    tokens = [f"PA{row['sid']}" for row in rows]
    if page.token and page.token not in tokens:
        raise invalid_page_token()
    start = tokens.index(page.token) + 1 if page.token else 0
    end = start + page.size
    before = start - page.size
    return page.envelope(
        name,
        rows[start:end],
        previous=(tokens[before - 1] if before > 0 else "") if start else None,
        following=tokens[end - 1] if end < len(rows) else None,
    )


def _whole_number(args: Args, name: str, default: int) -> int:
    value = args.get(name) or str(default)
    if not value.isdecimal():
        raise TwilioError(400, 20001, f"{name} is not a number")
    return int(value)
