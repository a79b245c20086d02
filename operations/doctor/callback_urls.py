"""Where a webhook URL set at Twilio leads, compared with the stack's own.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides describes ``#rc`` and ``rp``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from twilio_connector.connections.connection import CONNECTION_NAME
from twilio_connector.twilio.api import CONNECTION_OVERRIDES

_FAILURES = frozenset({"4xx", "5xx", "ct", "rt"})


@dataclass(frozen=True)
class CallbackUrl:
    """A URL set at Twilio, and the method that it is called by; *purpose* distinguishes several of them."""

    url: str
    method: str = "POST"
    purpose: str = ""

    def leads_to(self, webhook: str) -> bool:
        """Whether it has the host and port of the URL *webhook*, with any scheme and path."""
        here, there = _split(self.url), _split(webhook)
        return bool(here and there) and _address(here) == _address(there)

    def names(self, webhook: str) -> bool:
        """Whether its path ends as that of the URL *webhook*, so that another host in it may lead there, too."""
        here, (base, _, name) = _split(self.url), urlsplit(webhook).path.rpartition("/")
        return here is not None and here.path.endswith(f"/{base.rpartition('/')[2]}/{name}")

    def host(self) -> str:
        """Where it leads: only the host, because the rest of a URL may hold credentials."""
        if not self.url:
            return "nowhere"
        parts = _split(self.url)
        return (parts and parts.hostname) or "an invalid URL"

    def flaws(self, webhook: str) -> list[str]:
        """What is wrong with it, if it has the host of *webhook*; any query string is accepted."""
        parts = _split(self.url)
        if parts is None:
            return ["an invalid URL"]
        found = list(_flaws(parts, self.method, urlsplit(webhook)))
        return [f"{self.purpose} {flaw}".strip() for flaw in found]


@dataclass(frozen=True)
class Owner:
    """Who has URLs at Twilio: a number or a service, called *label*.

    *inbound* is where its texts go; None if no URL of its own decides that, and *elsewhere* then says where they go.
    *further* URLs count only if they lead to the stack.
    """

    label: str
    sid: str
    inbound: CallbackUrl | None
    further: Sequence[CallbackUrl] = ()
    elsewhere: str = ""

    def goes_elsewhere(self, webhook: str) -> str:
        """Where its texts go instead of to the stack of *webhook*; empty if they do not."""
        if self.inbound is None:
            return self.elsewhere
        return "" if self.inbound.leads_to(webhook) else self.inbound.host()

    def may_come_by_another_host(self, webhook: str) -> bool:
        """Whether its texts go to another host, but to the path of *webhook* there."""
        return self.inbound is not None and not self.inbound.leads_to(webhook) and self.inbound.names(webhook)

    def flaws(self, webhook: str) -> list[str]:
        """What is wrong with those of its URLs that lead to the stack of *webhook*."""
        urls = [*([self.inbound] if self.inbound else []), *self.further]
        return [flaw for url in urls if url.leads_to(webhook) for flaw in url.flaws(webhook)]


def is_repeated(fragment: str) -> bool:
    """Whether a URL's *fragment* has Twilio repeat a request at least once after any failure."""
    overrides = dict(parse_qsl(fragment))
    on = set(overrides.get("rp", "").split(","))
    return overrides.get("rc", "") in {"1", "2", "3", "4", "5"} and ("all" in on or on >= _FAILURES)


def _flaws(parts: SplitResult, method: str, webhook: SplitResult) -> Iterator[str]:
    """How a URL with the stack's host differs from *webhook*."""
    path = webhook.path
    if parts.scheme != "https":
        yield "over http, which the API does not answer"
    if _host(parts) not in (_host(parts).lower(), _host(webhook)):
        yield "with upper case in its host, which the API may not keep as it is signed"
    if parts.path != path:
        base, _, own = path.rpartition("/")
        other = parts.path.removeprefix(f"{base}/")
        of_another = parts.path.startswith(f"{base}/") and CONNECTION_NAME.fullmatch(other)
        yield f"at the connection {other}, not {own}" if of_another else "at a path where nothing is"
    if method.upper() != "POST":
        yield f"by {method.upper()}, which puts texts and numbers into the URL"
    if not is_repeated(parts.fragment):
        yield f"without {CONNECTION_OVERRIDES}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _host(parts: SplitResult) -> str:
    """The host, as it is written."""
    return parts.netloc.rpartition("@")[2].partition(":")[0]


def _address(parts: SplitResult | None) -> tuple[str, int] | None:
    """Host and port; http's own port counts as https's, so that the wrong scheme is reported as such."""
    if parts is None or not parts.hostname:
        return None
    port = parts.port or 443
    return parts.hostname, 443 if (parts.scheme, port) == ("http", 80) else port
