"""Makes one JSON object of what has happened, for the page to show. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.bus import BusEvent
from local.phone.texts import Send, Text, doubled, pairs, told_statuses

SHOWN_EVENTS, SHOWN_TEXTS = 200, 200


@dataclass(frozen=True)
class Seen:
    """An event on the bus, with the titles of the rules that it matches; `again` if its id was there before.

    `at` is when it was seen, in seconds since the epoch.
    """

    event: BusEvent
    rules: Sequence[str]
    again: bool
    at: float


@dataclass(frozen=True)
class ProofRun:
    """The progress of a proof: its steps so far, and its state, `running`, `held` or `broken`."""

    state: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happened:
    """Everything that the page shows. `arrived` is when each text was first seen, in seconds since the epoch."""

    texts: Sequence[Text]
    sends: Sequence[Send]
    events: Sequence[Seen]
    arrived: Mapping[str, float]
    opted_out: Collection[str]
    lost: int | None
    """How many facts are missing on the bus; None for a real account, where that is unknown."""


def told(happened: Happened) -> dict[str, Any]:
    """Counters, conversations by the customer's number, and the newest events, newest first."""
    return {
        "counters": _counters(happened),
        "conversations": _conversations(happened),
        "events": [
            {
                "number": number,
                "type": seen.event.detail_type,
                "id": seen.event.detail.get("id", ""),
                "again": seen.again,
                "at": seen.at,
                "rules": list(seen.rules),
                "whole": seen.event.whole,
            }
            for number, seen in reversed(list(enumerate(happened.events, 1))[-SHOWN_EVENTS:])
        ],
    }


def _counters(happened: Happened) -> dict[str, int | None]:
    again = sum(seen.again for seen in happened.events)
    return {
        "sent": sum(not text.inbound for text in happened.texts),
        "published": len(happened.events) - again,
        "again": again,
        "doubled": doubled(happened.sends, happened.texts),
        "lost": happened.lost,
    }


def _conversations(happened: Happened) -> list[dict[str, Any]]:
    statuses = told_statuses([seen.event for seen in happened.events])
    of_sends = pairs(happened.sends, happened.texts)
    by_sid = {sid: number for number, sid in of_sends.items()}
    sends = {send.number: send for send in happened.sends}
    bubbles = [
        (text.customer, _bubble_of_text(text, sends.get(by_sid.get(text.sid, 0)), statuses, happened.arrived))
        for text in happened.texts
    ]
    there = {text.sid for text in happened.texts}
    bubbles += [(send.to, _bubble_of_send(send)) for send in happened.sends if of_sends.get(send.number) not in there]
    bubbles.sort(key=lambda one: one[1]["at"])
    customers = dict.fromkeys(customer for customer, _ in bubbles)
    return [
        {
            "customer": customer,
            "optedOut": customer in happened.opted_out,
            "texts": [bubble for whose, bubble in bubbles if whose == customer][-SHOWN_TEXTS:],
        }
        for customer in customers
    ]


def _bubble_of_text(
    text: Text, send: Send | None, statuses: Mapping[str, str], arrived: Mapping[str, float]
) -> dict[str, Any]:
    status = "received" if text.inbound else statuses.get(text.sid, "queued" if text.owes_callbacks else text.status)
    return {
        "id": f"send-{send.number}" if send else text.sid,
        "inbound": text.inbound,
        "body": text.body,
        "at": send.at if send else arrived.get(text.sid, 0.0),
        "status": status,
        # Only where the events on the bus say less than Twilio knows.
        "atTwilio": text.status if text.status != status else "",
        "media": [{"sid": sid, "type": kind, "text": text.sid} for sid, kind in text.media],
        **_of_send(send),
    }


def _bubble_of_send(send: Send) -> dict[str, Any]:
    return {
        "id": f"send-{send.number}",
        "inbound": False,
        "body": send.body,
        "at": send.at,
        "status": "queued" if send.sid else "sending" if send.busy else "not sent",
        "atTwilio": "",
        "media": [],
        **_of_send(send),
    }


def _of_send(send: Send | None) -> dict[str, Any]:
    if send is None:
        return {"send": None, "way": "", "again": False, "error": ""}
    return {"send": send.number, "way": send.way, "again": send.may_repeat, "error": send.error}
