"""Which local server receives the requests for a webhook's public host; no request ever leaves this machine."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class UnmappedHostError(Exception):
    """A webhook URL leads off this machine; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where requests for a public host really go."""

    origin: str
    host_header: str


class HostMap:
    """The public host names that are mapped to servers of this machine."""

    def __init__(self) -> None:
        self._routes: dict[str, Route] = {}

    def add(self, host: str, route: Route) -> None:
        """Send requests for a host, `name` or `name:port`, to a local origin."""
        self._routes[host.lower()] = route

    def resolve(self, url: str) -> Route:
        """Return the route of a URL without user information; loopback URLs are their own.

        Raises:
            UnmappedHostError: the host is neither mapped nor a loopback address.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        route = self._routes.get(parts.netloc.lower()) or self._routes.get(host)
        if route is None and host not in _LOOPBACK:
            raise UnmappedHostError(f"{host} is not mapped to this machine")
        return route or Route(f"{parts.scheme}://{parts.netloc}", parts.netloc)
