"""One send, made once: claimed, then asked for or, where that may have happened before, searched for."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat

from twilio_connector.errors import (
    OutcomeUnknownError,
    ServiceUnavailableError,
    TwilioConnectorError,
    TwilioNotFoundError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, logger
from twilio_connector.limits.admission import Admission
from twilio_connector.sending.budget import CLOCK_SECONDS, MIN_SEARCH_SECONDS, SEARCH_PAUSES
from twilio_connector.sending.records import Record, Send, State
from twilio_connector.sending.search import SearchCriteria, listed
from twilio_connector.sending.table import SendTable
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.message import Message, to_message


@dataclass
class SendOnce:
    """The send of Twilio's *parameters* by *client*, remembered in *table* as *send*.

    *record* is what the table says of it, as far as this process knows. *callback* gives the parameters that ask for
    status callbacks. The message is searched for during *search_seconds* at most, and never beyond the deadline; one
    that may have been sent is not repeated before *hold_seconds* have passed.
    """

    client: TwilioClient
    table: SendTable
    send: Send
    parameters: Parameters = field(repr=False)
    admission: Admission
    callback: Callable[[], Parameters]
    search_seconds: float
    hold_seconds: int
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        self._criteria = SearchCriteria.of(self.parameters)

    def make(self) -> tuple[Message, str]:
        """The message, and how it came about. Raises as :meth:`.sender.Sender.send_sms` does."""
        self.record, earlier = self.table.claim(self.send, self.client.deadline.remaining(), self.admission)
        if self.record.state == State.SENT:
            return self._first_message(), "repeated"
        if earlier and (found := self._found_or_due(earlier)):
            return found, "found"
        try:
            callback = self.callback()
            resource = self.client.create_message([*self.parameters, *callback])
        except OutcomeUnknownError:
            if found := self._search():
                return found, "found"
            count("Sends", outcome="unknown")
            raise
        except TwilioConnectorError as exc:
            count("Sends", outcome=type(exc).__name__)
            with _recording():
                self.table.release(self.send, self.record, earlier)
                self.admission.leave()
            raise
        with _recording(sid=resource["sid"]):
            self.table.sent(self.send, self.record, resource["sid"], calls_back=bool(callback))
        return to_message(resource), "sent"

    def _found_or_due(self, earlier: Record) -> Message | None:
        """The message that *earlier*, whose outcome is not known, made; None once it may be asked for again."""
        # Before the search, not after it: the hold is over only if it was when Twilio listed the messages.
        looked_at = self.clock()
        found, is_certain = self._find(self._search_until())
        if found:
            return found
        has_time = self.client.deadline.remaining() > MIN_SEARCH_SECONDS
        if not (is_certain and has_time and earlier.may_repeat(looked_at, self.hold_seconds)):
            with _recording():
                self.table.unknown(self.send, self.record)
            count("Sends", outcome="unknown")
            raise OutcomeUnknownError(
                "An earlier send with this idempotencyKey may have succeeded, although Twilio does not list it; "
                f"it is not repeated until {self.hold_seconds} seconds after that attempt."
            )
        self.record = self.table.attempt_again(self.send, self.record, self.admission)
        return None

    def _search(self) -> Message | None:
        """Search until the message is found or the time is over; the outcome is then recorded as unknown."""
        with _recording():
            self.record = self.table.answer_lost(self.send, self.record)
        until = self._search_until()
        for pause in chain((0.0,), SEARCH_PAUSES, repeat(SEARCH_PAUSES[-1])):
            if not self._criteria or until.remaining() < pause + MIN_SEARCH_SECONDS:
                break
            self.sleep(pause)
            found, _ = self._find(until)
            if found:
                return found
        with _recording():
            self.table.unknown(self.send, self.record)
        return None

    def _search_until(self) -> Deadline:
        return self.client.deadline.within(self.search_seconds)

    def _find(self, until: Deadline) -> tuple[Message | None, bool]:
        """The message if it is listed and certainly this send's; it is then recorded as sent.

        The second value is whether the list was read to its end before *until*, with nothing in it left undecided.
        """
        if not self._criteria:
            return None, True
        try:
            listing = listed(self.client, self._criteria, self.record.previous_attempt_at, until)
            found = {one.message["sid"]: one for one in listing}
            shown = {sid: one.created for sid, one in found.items() if not one.redacted}
            latest = self.record.sent_no_later_than + CLOCK_SECONDS
            redacted = [sid for sid, one in found.items() if one.redacted and one.created <= latest]
            sid = self.table.adopt(self.send, self.record, shown, until)
            if not sid and any(self.table.is_free(self.send, each, until) for each in redacted):
                raise OutcomeUnknownError("A message to this recipient, its text no longer shown, may be this one.")
        except TwilioConnectorError as exc:
            logger.warning("The search for a message that may have been sent did not end", extra={"reason": str(exc)})
            return None, False
        return (found[sid].message if sid else None), True

    def _first_message(self) -> Message:
        """The message that was sent before; no more than its SID where it has been deleted since."""
        try:
            return to_message(self.client.fetch_message(self.record.sid))
        except TwilioNotFoundError:
            return to_message({"sid": self.record.sid})


@contextmanager
def _recording(**known: str) -> Iterator[None]:
    """Let the caller hear what became of the send even where it cannot be recorded; a failure is logged with *known*.

    A repeat with the same key then searches, as after an owner that died.
    """
    try:
        yield
    except ServiceUnavailableError as exc:
        logger.error("The outcome of a send could not be recorded", extra={"reason": str(exc), **known})
        count("SendsNotRecorded")
