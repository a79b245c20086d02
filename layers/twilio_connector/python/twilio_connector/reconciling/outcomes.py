"""How deliveries ended, counted to compare with what the webhook counts: ``docs/metrics.md``.

A message that this stack sent, and whose status Twilio was asked to report to its webhook, counts once: the first time
that its end is published. Whatever changes it later (a redaction, a price) moves its date of update and publishes the
same status again, so that the state table has to remember what was counted.

================================================  ==========  ==========================================
pk                                                sk          holds
================================================  ==========  ==========================================
``reconcile#outcome#<account>#<SID>``             counted     nothing but when it expires
================================================  ==========  ==========================================
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.instants import second_of
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count_at, logger
from twilio_connector.reconciling.budget import (
    COUNT_SECONDS,
    COUNTED_SECONDS,
    MIN_PAGE_SECONDS,
    OUTCOME_SECONDS,
    PERIOD_SECONDS,
    RECENT_SECONDS,
)
from twilio_connector.reconciling.statuses import Status
from twilio_connector.state.sent_messages import calls_back, sent_message_key
from twilio_connector.state.table import READ_KEYS, StateTable
from twilio_connector.twilio.statuses import OUTCOMES, RECONCILIATION, WEBHOOK

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = dict[str, AttributeValueTypeDef]

# What follows `delivered`, and may hide it from a list.
_ENDED = OUTCOMES | {"read"}


class Outcomes:
    """Counts of the account *account_sid* in the table *state*, none of which begins with less time left of *deadline*
    than a page needs. *clock* gives seconds since the epoch.
    """

    def __init__(
        self, state: StateTable, account_sid: str, deadline: Deadline, clock: Callable[[], float] = time.time
    ) -> None:
        self._state = state
        self._account_sid = account_sid
        self._deadline = deadline
        self._clock = clock

    def count(self, statuses: Iterable[Status]) -> None:
        """Count those of *statuses*, just published, that are the end of a delivery.

        Work does not depend on its metric: if the state table does not answer, or time is short, they are never
        counted.
        """
        now = int(self._clock())
        ended = {status.sid: status.changed for status in statuses if status.changed and _has_ended(status, now)}
        seconds: list[int] = []
        remaining = iter(ended.items())
        try:
            while (some := dict(islice(remaining, READ_KEYS))) and self._deadline.remaining() > MIN_PAGE_SECONDS:
                seconds += self._remembered(self._sent_here(some), now).values()
        except ServiceUnavailableError as exc:
            logger.warning("How some deliveries ended could not be counted", extra={"reason": str(exc)})
        for second, number in Counter(second - second % PERIOD_SECONDS for second in seconds).items():
            instant = datetime.fromtimestamp(second, UTC)
            count_at("FinalStatuses", number, instant, origin=RECONCILIATION)
            # So there is something to compare with even where no callback came at all.
            count_at("FinalStatuses", 0, instant, origin=WEBHOOK)

    def _sent_here(self, ended: Mapping[str, int]) -> dict[str, int]:
        """Those messages of *ended* that this stack sent, and whose status was to be reported to its webhook."""
        keys = (sent_message_key(self._account_sid, sid) for sid in ended)
        items = list(self._state.within(COUNT_SECONDS).get_batch(keys, "pk, callback"))
        sids = (item["pk"]["S"].rpartition("#")[2] for item in items if calls_back(item))
        return {sid: ended[sid] for sid in sids}

    def _remembered(self, ended: Mapping[str, int], now: int) -> dict[str, int]:
        """Those messages of *ended* that have not been counted yet; from now on they have."""
        state = self._state.within(COUNT_SECONDS)
        counted = {item["pk"]["S"] for item in state.get_batch(map(self._key, ended), "pk")}
        new = {sid: second for sid, second in ended.items() if self._key(sid)["pk"]["S"] not in counted}
        expires_at: AttributeValueTypeDef = {"N": str(now + COUNTED_SECONDS)}
        state.write_batch({"PutRequest": {"Item": self._key(sid) | {"expiresAt": expires_at}}} for sid in new)
        return new

    def _key(self, sid: str) -> "Item":
        return {"pk": {"S": f"reconcile#outcome#{self._account_sid}#{sid}"}, "sk": {"S": "counted"}}


def _has_ended(status: Status, now: int) -> bool:
    """Whether *status* is the end of a delivery, and is recent enough to be counted.

    A change more than a day after the sending is more likely a redaction of a message that ended before counting began.
    """
    if status.status not in _ENDED or status.changed is None or status.changed < now - RECENT_SECONDS:
        return False
    sent = second_of(status.message["dateSent"] or status.message["dateCreated"])
    return sent is not None and status.changed - sent <= OUTCOME_SECONDS
