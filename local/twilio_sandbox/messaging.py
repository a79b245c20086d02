"""The operations on the account's messages, without HTTP: create, read, change, delete, receive."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from werkzeug.datastructures import MultiDict

from local.twilio_sandbox.account import Account, hex32
from local.twilio_sandbox.creation import create_message, is_mms
from local.twilio_sandbox.errors import not_found
from local.twilio_sandbox.lifecycle import Lifecycle
from local.twilio_sandbox.listing import list_messages
from local.twilio_sandbox.media import received
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.store import MessageStore
from local.twilio_sandbox.updates import check_cancelable, check_complete, check_update, redacted

Form = MultiDict[str, str]


class Messaging:
    """The account's messages and the rules of changing them."""

    def __init__(
        self,
        account: Account,
        store: MessageStore,
        lifecycle: Lifecycle,
        *,
        opted_out: Iterable[str],
        listing_lag: float,
        source: random.Random,
        clock: Callable[[], datetime],
        filters_by_day: bool = False,
    ) -> None:
        """`listing_lag` is how many seconds a new message is missing from lists.

        `filters_by_day` lets a list read the instants of its filters as days.
        """
        self.account = account
        self.store = store
        self.clock = clock
        self.opted_out = set(opted_out)
        self.unlisted = set[str]()
        self._lifecycle = lifecycle
        self._listing_lag = listing_lag
        self._source = source
        self._filters_by_day = filters_by_day

    def _new_sid(self, *, mms: bool = False) -> str:
        return f"{'MM' if mms else 'SM'}{hex32(self._source)}"

    def create(self, form: Form) -> Message:
        """Create a message and start its statuses; 400 as Twilio would."""
        message = create_message(
            form,
            sid=self._new_sid(mms=is_mms(form)),
            account_sid=self.account.sid,
            now=self.clock(),
            opted_out=self.opted_out,
        )
        lag = math.inf if message.body in self.unlisted else self._listing_lag
        self.store.add([message], listed_after=lag)
        self._lifecycle.begin(message)
        return message

    def fetch(self, sid: str) -> Message:
        """Return a message, listed or not; 404 if there is none."""
        message = self.store.get(sid)
        if message is None:
            raise not_found(f"/Messages/{sid}")
        return message

    def list(self, args: Form, path: str) -> dict[str, object]:
        """Return the page of messages that a query asks for; `path` is the list's own."""
        return list_messages(self.store, args, path=path, now=self.clock(), by_day=self._filters_by_day)

    def update(self, sid: str, form: Form) -> Message:
        """Redact a message (`Body` blank), or cancel a scheduled one (`Status=canceled`); 400 and 409 as Twilio would.

        https://www.twilio.com/docs/messaging/api/message-resource#update-a-message-resource
        """
        self.fetch(sid)
        check_update(form)
        if form.get("Status"):
            self._lifecycle.update_status(sid, "canceled", unless=check_cancelable)
        if "Body" in form:
            self.store.update(sid, redacted)
        return self.fetch(sid)

    def delete(self, sid: str) -> None:
        """Delete a message; 409 20009 while it is still being sent."""
        check_complete(self.fetch(sid))
        self.store.remove(sid)

    def delete_media(self, sid: str, media_sid: str) -> None:
        """Delete a file of a message that has it."""

        def without(message: Message) -> Message:
            left = tuple(file for file in message.media if file.sid != media_sid)
            return replace(message, media_urls=(), media_files=left)

        self.store.update(sid, without)

    def past_message(
        self,
        *,
        from_: str,
        to: str,
        body: str | None,
        direction: str,
        status: str,
        date_sent: datetime | None,
        mms: bool = False,
    ) -> Message:
        """Return a message whose course is over, created when it was sent (without a date: now)."""
        sent = date_sent and date_sent.astimezone(UTC).replace(microsecond=0)
        created = sent or self.clock()
        return Message(
            sid=self._new_sid(mms=mms),
            account_sid=self.account.sid,
            direction=direction,
            to=to,
            from_=from_,
            body=body,
            status=status,
            date_created=created,
            date_updated=created,
            date_sent=sent,
        )

    def receive(self, *, from_: str, to: str, body: str, media: Iterable[tuple[str, bytes]]) -> Message:
        """Receive an inbound message, and obey it if it is an opt-out or an opt-in."""
        keyword = body.strip().upper()
        if keyword == "STOP":
            self.opted_out.add(from_)
        elif keyword == "START":
            self.opted_out.discard(from_)
        files = tuple(media)
        message = self.past_message(
            from_=from_,
            to=to,
            body=body,
            direction="inbound",
            status="received",
            date_sent=self.clock(),
            mms=bool(files),
        )
        message = replace(message, media_files=received(message.sid, files))
        self.store.add([message], listed_after=self._listing_lag)
        return message
