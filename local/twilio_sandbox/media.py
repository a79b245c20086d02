"""Media of messages: their resources, and the files themselves at addresses that go stale.

A request for a file is answered by 307 with its address, which needs no credentials and refuses those it is sent:
https://www.twilio.com/docs/messaging/api/media-resource and, on the addresses,
https://support.twilio.com/hc/en-us/articles/223183748-Protect-Media-Access-with-HTTP-Basic-Authentication-for-Programmable-Messaging
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5, sha256
from hmac import compare_digest
from urllib.parse import urlencode

DEFAULT_LIFETIME_SECONDS = 240
# All media that messages are sent with look like this: a dot. The sandbox fetches nothing from their URLs.
_DOT = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file of a message, and its type."""

    sid: str
    content_type: str
    content: bytes = field(repr=False)

    def resource(self, account_sid: str, message_sid: str, message_path: str, date: str | None) -> dict[str, object]:
        """Return the fields of the JSON representation; `date` is that of the message, as the API writes it."""
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "parent_sid": message_sid,
            "content_type": self.content_type,
            "date_created": date,
            "date_updated": date,
            "uri": f"{message_path}/Media/{self.sid}.json",
        }


def sent_from(url: str) -> MediaFile:
    """Return the file of a message that was sent with a media URL."""
    return MediaFile(sid=f"ME{_digest(url.encode())}", content_type="image/gif", content=_DOT)


def received(message_sid: str, media: Iterable[tuple[str, bytes]]) -> tuple[MediaFile, ...]:
    """Return the files of an inbound message, of content types and contents."""
    return tuple(
        MediaFile(sid=f"ME{_digest(f'{message_sid}:{index}'.encode())}", content_type=content_type, content=content)
        for index, (content_type, content) in enumerate(media)
    )


def _digest(text: bytes) -> str:
    return md5(text, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Makes and checks the addresses of files, each valid for a number of seconds."""

    secret: str = field(repr=False)
    lifetime_seconds: float
    clock: Callable[[], datetime]

    def query(self, path: str) -> str:
        """Return the query that opens a path from now on."""
        expires = f"{self.clock().timestamp() + self.lifetime_seconds:.0f}"
        return urlencode({"Expires": expires, "Signature": self._signature(path, expires)})

    def opens(self, path: str, query: Mapping[str, str]) -> bool:
        """Whether a query opens a path now."""
        expires, signature = query.get("Expires", ""), query.get("Signature", "")
        genuine = compare_digest(self._signature(path, expires).encode(), signature.encode())
        return genuine and self.clock().timestamp() < float(expires)

    def _signature(self, path: str, expires: str) -> str:
        return sha256(f"{self.secret}\n{path}\n{expires}".encode()).hexdigest()
