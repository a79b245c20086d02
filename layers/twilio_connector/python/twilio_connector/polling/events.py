"""Events of polled messages: as many in one as may be, and never over the limit of an entry of PutEvents."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from twilio_connector.bus.event import MAX_BYTES, Event, encode
from twilio_connector.twilio.message import Message

DETAIL_TYPE = "New and Updated Records"


@dataclass(frozen=True)
class MessageEvent:
    """An event, and the SIDs of the messages it holds."""

    event: Event
    sids: tuple[str, ...]


def message_events(
    messages: Iterable[Message], *, connection: str, account_sid: str, received_at: str, most: int
) -> Iterator[MessageEvent]:
    """Pack *messages* in order into events of at most *most* messages. The id of one is a hash of the SIDs in it.

    Sizes are those of the real UTF-8. A message that exceeds the limit alone gets an event of its own, which is then
    too large.
    """
    head = '{"body":{"data":{"created":['
    rest = {"polledNoChanges": False, "connection": connection, "accountSid": account_sid, "receivedAt": received_at}
    tail = '],"updated":[]}},"id":"'
    end = '",' + encode(rest)[1:]
    limit = MAX_BYTES - Event(DETAIL_TYPE, head + tail + _id_of([]) + end).size

    def event_of(texts: list[str], sids: list[str]) -> MessageEvent:
        return MessageEvent(Event(DETAIL_TYPE, head + ",".join(texts) + tail + _id_of(sids) + end), tuple(sids))

    # As many as may be at once, which takes half the time, as long as they fit.
    left = list(messages)
    while some := left[:most]:
        text = encode(some)[1:-1]
        if len(text.encode()) >= limit:
            break
        yield event_of([text], [message["sid"] for message in some])
        del left[:most]

    texts: list[str] = []
    sids: list[str] = []
    room = limit
    for message in left:
        text = encode(message)
        size = len(text.encode()) + 1
        if texts and (len(texts) == most or size > room):
            yield event_of(texts, sids)
            texts, sids, room = [], [], limit
        texts.append(text)
        sids.append(message["sid"])
        room -= size
    if texts:
        yield event_of(texts, sids)


def _id_of(sids: Iterable[str]) -> str:
    """What a repeat of the event has again, in whatever order Twilio lists its messages then."""
    return sha256(json.dumps(sorted(sids)).encode()).hexdigest()
