"""Which requests the page's server answers, and what browsers may do with the answers.

Other pages in the same browser can reach 127.0.0.1, too, even under a host name of their choice.
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Protocol

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Media of the sandbox, which the page has fetched with its token.
        "img-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # No text becomes HTML: lit-html makes HTML from the page's own templates alone.
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
    """The status and the sentence that refuse a request, or None to answer it.

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
