"""The URLs that Twilio may have called, and so signed, for one request: the event does not tell which it was."""

import re
from collections.abc import Iterator
from itertools import islice, product
from urllib.parse import urlsplit

from twilio_connector.http_events import HttpRequest
from twilio_connector.settings import WebhookSettings

# Each costs an HMAC over the whole body; API Gateway's requests have four to eight.
MAX_URLS = 64

_DEFAULT_PORTS = {"https": "443", "http": "80"}
_HOST = re.compile(r"(?P<name>\[[^\]]*\]|[^:]*)(?::\d*)?")
# What the signer writes unescaped in a query string where the request escapes it: ' @ :
_UNESCAPED = {"%27": "'", "%40": "@", "%3A": ":", "%3a": ":"}
_ESCAPED = re.compile("|".join(_UNESCAPED))


def signed_urls(request: HttpRequest, settings: WebhookSettings) -> list[str]:
    """The candidates, likeliest first, without user info and fragment, each once, at most ``MAX_URLS``.

    ``WEBHOOK_BASE_URL`` stands alone: where it is set, the event knows nothing of the URL in front of it. Else scheme,
    host and path are those of the API and of the request. Each comes with and without a port, and with the query
    string byte for byte before the one that Twilio's signer writes.
    """
    origins = list(_configured(request, settings) if settings.webhook_base_url else _requested(request, settings))
    queries = [
        *request.queries,
        *(_ESCAPED.sub(lambda match: _UNESCAPED[match[0]], query) for query in request.queries),
    ]
    urls = (
        f"{scheme}://{address}{path}{'?' if query else ''}{query}"
        for query, (scheme, host, path) in product(queries, origins)
        for address in _with_port(scheme, host)
    )
    return list(islice(dict.fromkeys(urls), MAX_URLS))


def _configured(request: HttpRequest, settings: WebhookSettings) -> Iterator[tuple[str, str, str]]:
    base = urlsplit(settings.webhook_base_url)
    yield base.scheme, _without_user_info(base.netloc), f"{base.path.rstrip('/')}/webhook/{request.connection}"


def _requested(request: HttpRequest, settings: WebhookSettings) -> Iterator[tuple[str, str, str]]:
    """Scheme, host and path of the deployment's own API and of what the request says of itself."""
    for path in request.paths:
        if settings.api_base_url:
            base = urlsplit(settings.api_base_url)
            yield base.scheme, _without_user_info(base.netloc), path
        for host, scheme in product(request.hosts, _schemes(request)):
            yield scheme, _without_user_info(host), path


def _schemes(request: HttpRequest) -> list[str]:
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return [forwarded] if forwarded in _DEFAULT_PORTS else list(_DEFAULT_PORTS)


def _with_port(scheme: str, host: str) -> Iterator[str]:
    """*host* as it is, without a port, and with the scheme's default one."""
    match = _HOST.fullmatch(host)
    name = match["name"] if match else host
    yield from (host, name, f"{name}:{_DEFAULT_PORTS[scheme]}")


def _without_user_info(netloc: str) -> str:
    return netloc.rpartition("@")[2]
