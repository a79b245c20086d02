"""Sends in the state table, changed so that neither two callers nor a crash can make one of them two.

Several items change together or not at all: a message is claimed for its send in the same moment in which the request
stops being in flight. A request stays in flight until it is decided: its owner may have died, having reported the
message and failed to write so, or have lost the answer. A caller has found its own message if, in this order, it finds
the message listed, finds no request in flight that could have made it, and can still claim it: nobody else reports it.
The same holds if all such requests asked for the same, lost their answers, and there are more messages than requests.

Why: docs/decisions.md#2026-11-24-a-send-is-claimed-before-it-is-made
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from twilio_connector.errors import (
    IdempotencyConflictError,
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
    TwilioConnectorError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.limits.admission import Admission
from twilio_connector.sending.budget import GIVE_BACK_SECONDS, MAX_CLAIM_SECONDS
from twilio_connector.sending.items import (
    flight_key,
    is_interchangeable,
    is_of,
    may_have_made,
    message_key,
    parse_record,
    record_key,
    send_id,
)
from twilio_connector.sending.records import Record, Send, State
from twilio_connector.sending.writes import Writes
from twilio_connector.state.table import StateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from twilio_connector.sending.items import Item


class Claim(NamedTuple):
    """The *record* that was taken or, of state ``sent``, found; *earlier* is one whose outcome is not known."""

    record: Record
    earlier: Record | None = None


class SendTable:
    """The items of sends in the table *state*. *clock* gives seconds since the epoch.

    Every method raises :class:`ServiceUnavailableError`.
    """

    def __init__(self, state: StateTable, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._name = state.name
        self._clock = clock

    def claim(self, send: Send, seconds: float, admission: Admission | None = None) -> Claim:
        """Take the key of *send* for *seconds*; one that is free is taken for a request in flight, if admitted.

        A key of which it remains unknown whether it was taken is given back: its request has not left. Raises
        :class:`IdempotencyConflictError`, :class:`SendInProgressError`, and the errors of *admission*.
        """
        now, writes = self._clock(), Writes(self._name, send)
        state = self._state.within(MAX_CLAIM_SECONDS)
        earlier = self._find(state, send, now)
        if earlier and earlier.fingerprint != send.fingerprint:
            raise IdempotencyConflictError("The idempotencyKey was used before with a different request.")
        if earlier and earlier.state == State.SENT:
            return Claim(earlier)
        if earlier is None:
            record = Record.new(send.fingerprint, now, seconds)
            if admission:
                admission.enter()
            new = [writes.new_record(record, now), writes.flight(record)]
            taken = self._take(state, new, [writes.no_record(over=record), writes.end_request(record)], admission)
        else:
            record = earlier.taken_over(now, seconds)
            over, back = writes.record(record, over=earlier), writes.record(record.as_unknown(), over=record)
            taken = not earlier.is_held(now) and self._take(state, [over], [back])
        if not taken:
            raise SendInProgressError("A send with this idempotencyKey is in progress.")
        return Claim(record, earlier)

    def attempt_again(self, send: Send, record: Record, admission: Admission | None = None) -> Record:
        """Let the owner of *record* send another time, if *admission* admits it: the last time it did for that time.

        What no list shows may have been sent that time, too, and takes another place.
        Raises :class:`SendInProgressError` if it is no longer the owner, and the errors of *admission*.
        """
        if admission:
            try:
                admission.enter(since=record.last_attempt_at if send.lookalike_hash else None)
            except TwilioConnectorError:
                with suppress(ServiceUnavailableError):
                    self.unknown(send, record)
                raise
        again, writes = record.attempted_again(self._clock()), Writes(self._name, send)
        new = [writes.record(again, over=record), writes.flight(again)]
        back = [writes.record(record.as_unknown(), over=again), writes.end_request(again)]
        if not self._take(self._state.within(MAX_CLAIM_SECONDS), new, back, admission):
            raise SendInProgressError("A send with this idempotencyKey is in progress.")
        return again

    def sent(self, send: Send, record: Record, sid: str, *, calls_back: bool = False) -> None:
        """Twilio called the message of *record*'s request *sid*: nothing that others wrote is truer than that.

        *calls_back*: Twilio was asked to report the message's status to this stack's webhook.
        """
        now, writes = self._clock(), Writes(self._name, send)
        message = writes.message(sid, now, calls_back=calls_back)
        self._write(writes.overwrite_record(record.sent_as(sid, now)), message, writes.end_request(record))

    def answer_lost(self, send: Send, record: Record) -> Record:
        """The answer to the request of *record* was lost: it has left, and what it made has not been reported."""
        writes, lost = Writes(self._name, send), record.answer_lost(self._clock())
        return lost if self._write(writes.record(lost, over=record), writes.lost_flight(record)) else record

    def adopt(self, send: Send, record: Record, listed: Mapping[str, int], until: Deadline | None = None) -> str | None:
        """Make a message of *listed*, SIDs with the second of their creation, that of *record*; returns its SID.

        None where all of them are other sends'. Raises :class:`OutcomeUnknownError` where that is not certain, or after
        *until*: none is adopted that an undecided request of another may have made, unless it asked for the same, all
        answers were lost, and there is a message for each of these requests, too.
        """
        # In this order: a request that is decided in between still counts, and its message no longer does.
        in_flight = self._in_flight(send, record)
        free = {sid: created for sid, created in listed.items() if self.is_free(send, sid, until)}
        makers = [it for it in in_flight if any(may_have_made(it, send, created) for created in free.values())]
        rivals = [it for it in makers if not is_of(it, send)]
        own = [sid for sid, created in free.items() if not any(may_have_made(it, send, created) for it in rivals)]
        if own or (len(free) > len(rivals) and all(is_interchangeable(it, send) for it in makers)):
            # The one nearest to its own attempt: others that search later may find none but those near to theirs.
            for sid in sorted(own or free, key=lambda sid: abs(free[sid] - record.last_attempt_at)):
                if self._claim_message(send, record, sid):
                    return sid
        if free:
            raise OutcomeUnknownError("Another send of this text to this recipient may have made the message.")
        return None

    def is_free(self, send: Send, sid: str, until: Deadline | None = None) -> bool:
        """Whether the message *sid* belongs to no other send. Raises :class:`OutcomeUnknownError` after *until*."""
        if until and not until.remaining():
            raise OutcomeUnknownError("There was no time left to find out which sends the listed messages belong to.")
        found = self._state.get(message_key(send, sid))
        return found is None or found["holder"]["S"] == send_id(send)

    def unknown(self, send: Send, record: Record) -> None:
        """The message of *record* may have been sent."""
        self._write(Writes(self._name, send).record(record.as_unknown(), over=record))

    def release(self, send: Send, record: Record, earlier: Record | None) -> None:
        """The request of *record* was certainly not accepted: the key is free again, or what *earlier* left of it."""
        writes = Writes(self._name, send)
        back = writes.record(earlier.as_unknown(), over=record) if earlier else writes.no_record(over=record)
        self._write(back, writes.end_request(record))

    def _take(
        self,
        state: StateTable,
        items: "Sequence[TransactWriteItemTypeDef]",
        back: "Sequence[TransactWriteItemTypeDef]",
        admission: Admission | None = None,
    ) -> bool:
        """Write *items*, before a request leaves; if it remains unknown whether they were stored, write *back*.

        If they certainly were not stored, give the *admission* back.
        """
        try:
            taken = state.transact(items)
        except ServiceUnavailableError:
            with suppress(ServiceUnavailableError):
                self._state.within(GIVE_BACK_SECONDS).transact(back)
                if admission:
                    admission.leave()
            raise
        if admission and not taken:
            admission.leave()
        return taken

    def _claim_message(self, send: Send, record: Record, sid: str) -> bool:
        """Make the message *sid* that of *record*; False where it has become another's, or the record has."""
        now, writes = self._clock(), Writes(self._name, send)
        done = record.sent_as(sid, now)
        return self._write(writes.claim_message(sid, now), writes.record(done, over=record), writes.end_request(record))

    def _find(self, state: StateTable, send: Send, now: float) -> Record | None:
        found = state.get(record_key(send))
        record = parse_record(found) if found else None
        # DynamoDB may take days to delete what has expired.
        return record if record and record.expires_at > now else None

    def _in_flight(self, send: Send, record: Record) -> "list[Item]":
        """The undecided requests to the same bucket of recipients."""
        return list(self._state.query("pk = :pk", {":pk": flight_key(send, record)["pk"]}))

    def _write(self, *items: "TransactWriteItemTypeDef") -> bool:
        """Write all *items* or none; False where a condition did not hold."""
        return self._state.transact(items)
