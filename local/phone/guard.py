"""Who may ask the page's server, and what browsers may do with its answers.

A page that is open elsewhere in the browser reaches 127.0.0.1, too, under a name of its own choice if it wants.
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Protocol

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # A file of the sandbox's, which the page has fetched with its token.
        "img-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # No text becomes HTML: only templates of the page's own do, which lit-html makes.
        "require-trusted-types-for 'script'",
        "trusted-types lit-html",
    )
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Headers(Protocol):
    """The headers of a request, by their names in any case."""

    def get(self, name: str, default: str, /) -> str:
        """The header of that name, or the default."""


def refusal(headers: Headers, port: str, token: str, *, needs_token: bool) -> tuple[int, str] | None:
    """Status and words for a request that must not be answered, or None.

    *needs_token* is whether the request reads or does anything; the files of the
    page hold nothing.
    """
    host = f"127.0.0.1:{port}"
    if headers.get("Host", "") != host:
        return 403, f"The page is only at http://{host}."
    if headers.get("Origin", f"http://{host}") != f"http://{host}":
        return 403, "Requests of other pages are refused."
    if headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return 403, "Requests of other pages are refused."
    if needs_token and not compare_digest(headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        return 401, "Open the whole address that `make local` printed, with everything after the #."
    return None
