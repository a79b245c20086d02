"""What is known of each send: the records that make one safe to repeat.

A record holds times, a Twilio SID and a fingerprint, never content.

::

               claim                    Twilio answered 201, or its list shows the message
    (none) ──────────────▶ sending ────────────────────────────────────────────────────────▶ sent (24 h)
      ▲                     │ ▲ │
      │ certainly not sent  │ │ │ may have been sent, and was not found
      └─────────────────────┘ │ └──────▶ unknown (15 days)
                              │             │
                              └─────────────┘ claim: to search again, and to send again once the hold has passed

A process that dies leaves ``sending`` behind: after its time that means the same as ``unknown``.
"""

import hashlib
import json
import uuid
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from twilio_connector.connections.connection import Connection
from twilio_connector.sending.budget import SENT_SECONDS, SETTLE_SECONDS, UNKNOWN_SECONDS
from twilio_connector.sending.parameters import recognisable_text
from twilio_connector.twilio.api import Parameters


class State(StrEnum):
    """The states of the drawing above."""

    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Record:
    """A send under one key, held by the process *owner* until *held_until*.

    *previous_attempt_at* is when its last attempt but one was made, *last_attempt_at* its last, whose request is
    *request* and was sent no later than *sent_no_later_than*; all times are seconds since the epoch. *sid* is the
    message's, once it is sent.
    """

    state: State
    fingerprint: str
    owner: str
    request: str
    previous_attempt_at: int
    last_attempt_at: int
    sent_no_later_than: float
    held_until: int
    expires_at: int
    sid: str = ""

    @classmethod
    def new(cls, fingerprint: str, now: float, seconds: float) -> Self:
        """The record of a first attempt that ends within *seconds*."""
        moment = int(now)
        record = cls(State.SENDING, fingerprint, "", "", moment, moment, 0, 0, 0)
        return record.taken_over(now, seconds).attempted_again(now)

    def taken_over(self, now: float, seconds: float) -> Self:
        """The same attempts, held by somebody new for *seconds*."""
        owner, held_until = uuid.uuid4().hex, int(now + seconds) + SETTLE_SECONDS
        return replace(self, state=State.SENDING, owner=owner, held_until=held_until)

    def attempted_again(self, now: float) -> Self:
        """The record once its owner sends another time."""
        moment = int(now)
        return replace(
            self,
            request=self.owner,
            previous_attempt_at=self.last_attempt_at,
            last_attempt_at=moment,
            # An owner that dies, or waits for Twilio to take more, may have sent as late as that.
            sent_no_later_than=self.held_until,
            expires_at=moment + UNKNOWN_SECONDS,
        )

    def answer_lost(self, now: float) -> Self:
        """The record once the answer to its request is lost, which hence has left."""
        return replace(self, sent_no_later_than=now)

    def as_unknown(self) -> Self:
        """The record of a send that may have happened."""
        return replace(self, state=State.UNKNOWN)

    def sent_as(self, sid: str, now: float) -> Self:
        """The record of a send that became the message *sid*."""
        return replace(self, state=State.SENT, sid=sid, expires_at=int(now) + SENT_SECONDS)

    def is_held(self, now: float) -> bool:
        """Whether somebody may still be at it."""
        return self.state == State.SENDING and now <= self.held_until

    def may_repeat(self, now: float, hold_seconds: int) -> bool:
        """Whether enough time has passed for a message that is not listed to count as never sent."""
        return now >= self.sent_no_later_than + hold_seconds


@dataclass(frozen=True)
class Send:
    """What is to be sent, by hashes alone, and under which key.

    *lookalike_hash* is the same for messages that a list may show alike, with one recipient and text; it is empty where
    the message cannot be recognised (:mod:`.parameters`), as with a content template or media alone. *bucket* groups
    sends by recipient without showing it.
    """

    connection: str
    account_sid: str
    key: str
    fingerprint: str
    lookalike_hash: str
    bucket: str

    @classmethod
    def of(cls, connection: Connection, key: str, parameters: Parameters, as_written: Parameters | None = None) -> Self:
        """The send of Twilio's *parameters* under the idempotency key *key*, which may itself be private.

        *as_written* are those that the fingerprint is of, where they differ.
        """
        to, text = dict(parameters)["To"], recognisable_text(parameters)
        return cls(
            connection=connection.name,
            account_sid=connection.account_sid,
            key=_hash(key),
            fingerprint=_hash(json.dumps(as_written or parameters)),
            lookalike_hash="" if text is None else _hash(json.dumps([to, text])),
            bucket=_hash(to)[:4],
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
