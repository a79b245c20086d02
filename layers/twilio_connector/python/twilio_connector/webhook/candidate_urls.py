"""The URLs that Twilio may have called, and so signed, for one request: the event does not tell which it was."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import urlsplit

from twilio_connector.settings import WebhookSettings
from twilio_connector.webhook.http_request import HttpRequest

# Each costs an HMAC over the whole body. An HTTP API's requests have four to eight; a REST API's, with a stage, the
# mapping of a domain, two spellings of the query string and no word of the scheme, have all of these.
MAX_URLS = 160

_DEFAULT_PORTS = {"https": "443", "http": "80"}
_HOST = re.compile(r"(?P<name>\[[^\]]*\]|[^:]*)(?::\d*)?")
# What the signer writes unescaped in a query string where the request escapes it: ' @ :
_UNESCAPED = {"%27": "'", "%40": "@", "%3A": ":", "%3a": ":"}
_ESCAPED = re.compile("|".join(_UNESCAPED))

# Where it comes from, scheme, host (perhaps with a port), path.
_Origin = tuple[str, str, str, str]


@dataclass(frozen=True)
class SignedUrl:
    """A candidate, and how it was made: where its *origin* comes from, its *port*, and its *query* string."""

    url: str = field(repr=False)
    origin: str
    port: str
    query: str


def signed_urls(request: HttpRequest, settings: WebhookSettings) -> list[SignedUrl]:
    """The candidates, likeliest first, without user info and fragment, each once, at most ``MAX_URLS``.

    ``WEBHOOK_BASE_URL`` stands alone: where it is set, the event knows nothing of the URL in front of it. Else scheme,
    host and path are those of the API and of the request. Each comes with and without a port, and with the query
    string byte for byte before the one that Twilio's signer writes.
    """
    origins = list(_configured(request, settings) if settings.webhook_base_url else _requested(request, settings))
    queries = [
        *(("raw", query) for query in request.queries),
        *(("unescaped", _ESCAPED.sub(lambda match: _UNESCAPED[match[0]], query)) for query in request.queries),
    ]
    candidates = (
        SignedUrl(f"{scheme}://{address}{path}{'?' if query else ''}{query}", origin, port, spelling)
        for (spelling, query), (origin, scheme, host, path) in product(queries, origins)
        for port, address in _with_port(scheme, host)
    )
    distinct: dict[str, SignedUrl] = {}
    for candidate in candidates:
        distinct.setdefault(candidate.url, candidate)
        if len(distinct) == MAX_URLS:
            break
    return list(distinct.values())


def _configured(request: HttpRequest, settings: WebhookSettings) -> Iterator[_Origin]:
    base = urlsplit(settings.webhook_base_url)
    path = f"{base.path.rstrip('/')}/webhook/{request.connection}"
    yield "base_url", base.scheme, _without_user_info(base.netloc), path


def _requested(request: HttpRequest, settings: WebhookSettings) -> Iterator[_Origin]:
    """Those of the deployment's own API and of what the request says of itself."""
    for path in request.paths:
        if settings.api_base_url:
            base = urlsplit(settings.api_base_url)
            yield "api", base.scheme, _without_user_info(base.netloc), path
        for host, scheme in product(request.hosts, _schemes(request)):
            yield "request", scheme, _without_user_info(host), path


def _schemes(request: HttpRequest) -> list[str]:
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return [forwarded] if forwarded in _DEFAULT_PORTS else list(_DEFAULT_PORTS)


def _with_port(scheme: str, host: str) -> Iterator[tuple[str, str]]:
    """*host* as it is, without a port, and with the scheme's default one; each with a word for it."""
    match = _HOST.fullmatch(host)
    name = match["name"] if match else host
    yield from (("as_is", host), ("none", name), ("default", f"{name}:{_DEFAULT_PORTS[scheme]}"))


def _without_user_info(netloc: str) -> str:
    return netloc.rpartition("@")[2]
