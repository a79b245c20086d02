"""The URLs that Twilio may have called, and so signed, for one request: the event does not say which it was."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from urllib.parse import urlsplit

from twilio_connector.settings import WebhookSettings
from twilio_connector.webhook.http_request import HttpRequest
from twilio_connector.webhook.query_spellings import spellings

# Each costs an HMAC over the whole body, which has a bound of its own. An HTTP API's requests have four to eight, or
# some dozens with escapes and blanks in the query string; a REST API's with four parameters may have all of these.
MAX_URLS = 4_000
# So many ways to begin are tried with every query string before the others are: those of the API and of the request's
# own host and path are among them.
LIKELY_BEGINNINGS = 6

_DEFAULT_PORTS = {"https": "443", "http": "80"}
_HOST = re.compile(r"(?P<name>\[[^\]]*\]|[^:]*)(?::\d*)?")

# Where it comes from, scheme, host (perhaps with a port), path.
_Origin = tuple[str, str, str, str]


@dataclass(frozen=True)
class SignedUrl:
    """A candidate, and how it was made: where its *origin* comes from, its *port*, and its *query* string."""

    url: str = field(repr=False)
    origin: str
    port: str
    query: str


@dataclass(frozen=True)
class SignedUrls:
    """The candidates, likeliest first, without user info and fragment, each once, at most ``MAX_URLS``.

    They are made as they are asked for. ``WEBHOOK_BASE_URL`` is the only one where it is set: the event knows nothing
    of the URL in front of it. Else scheme, host and path are those of the API and of the request. Each comes with and
    without a port, and with every spelling of the query string.
    """

    request: HttpRequest = field(repr=False)
    settings: WebhookSettings

    def __iter__(self) -> Iterator[str]:
        return (beginning + query for (beginning, _), (_, query) in self._parts())

    def __getitem__(self, index: int) -> SignedUrl:
        (beginning, (origin, port)), (spelling, query) = next(islice(self._parts(), index, None))
        return SignedUrl(beginning + query, origin, port, spelling)

    def _parts(self) -> Iterator[tuple[tuple[str, tuple[str, str]], tuple[str, str]]]:
        beginnings = list(self._beginnings().items())
        groups = beginnings[:LIKELY_BEGINNINGS], beginnings[LIKELY_BEGINNINGS:]
        every = (
            (beginning, spelling) for group in groups for spelling in spellings(self.request) for beginning in group
        )
        return islice(every, MAX_URLS)

    def _beginnings(self) -> dict[str, tuple[str, str]]:
        """URLs without their query strings, each with the words for where it comes from and for its port."""
        origins = (_configured if self.settings.webhook_base_url else _requested)(self.request, self.settings)
        beginnings: dict[str, tuple[str, str]] = {}
        for origin, scheme, host, path in origins:
            for port, address in _with_port(scheme, host):
                beginnings.setdefault(f"{scheme}://{address}{path}", (origin, port))
        return beginnings


def _configured(request: HttpRequest, settings: WebhookSettings) -> Iterator[_Origin]:
    base = urlsplit(settings.webhook_base_url)
    path = f"{base.path.rstrip('/')}/webhook/{request.connection}"
    slashes = dict.fromkeys("/" if called.endswith("/") else "" for called in request.paths)
    known = _cases(base.netloc)
    # The same host as Twilio has it, where the door keeps that.
    called_by = (host for host in request.hosts if host.lower() == known[-1])
    for slash, host in product(slashes, dict.fromkeys((*known, *called_by))):
        yield "base_url", base.scheme, host, path + slash


def _requested(request: HttpRequest, settings: WebhookSettings) -> Iterator[_Origin]:
    """Those of the deployment's own API and of what the request says of itself."""
    for path in request.paths:
        if settings.api_base_url:
            base = urlsplit(settings.api_base_url)
            yield "api", base.scheme, _without_user_info(base.netloc), path
        for host, scheme in product(request.hosts, _schemes(request)):
            yield from (("request", scheme, each, path) for each in _cases(host))


def _schemes(request: HttpRequest) -> list[str]:
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return [forwarded] if forwarded in _DEFAULT_PORTS else list(_DEFAULT_PORTS)


def _with_port(scheme: str, host: str) -> Iterator[tuple[str, str]]:
    """*host* as it is, without a port, and with the scheme's default one; each with a word for it."""
    match = _HOST.fullmatch(host)
    name = match["name"] if match else host
    yield from (("as_is", host), ("none", name), ("default", f"{name}:{_DEFAULT_PORTS[scheme]}"))


def _cases(netloc: str) -> tuple[str, ...]:
    """The host in *netloc* as it is, and in lower case, which a door may or may not make of it."""
    host = _without_user_info(netloc)
    return tuple(dict.fromkeys((host, host.lower())))


def _without_user_info(netloc: str) -> str:
    return netloc.rpartition("@")[2]
