"""The texts of an account, the sends that were asked for, and which of them belong together. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from local.bus import BusEvent
from local.twilio_sandbox import Message

Way = Literal["direct", "queue", "steps"]
FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "canceled", "read"})


@dataclass(frozen=True)
class Text:
    """A message at Twilio. `owes_callbacks`: it names a URL for callbacks; `media`: SIDs with content types."""

    sid: str
    inbound: bool
    from_: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    status: str
    owes_callbacks: bool = False
    media: tuple[tuple[str, str], ...] = ()

    @property
    def customer(self) -> str:
        """The other side's number."""
        return self.from_ if self.inbound else self.to


@dataclass(frozen=True)
class Send:
    """A text that the page was asked to send, under a key of its own; in the end it has a SID or an error.

    `at` is when it was asked for, in seconds since the epoch.
    """

    number: int
    way: Way
    from_: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    key: str
    at: float
    sid: str = ""
    error: str = ""
    busy: bool = True

    @property
    def may_repeat(self) -> bool:
        """Whether it can be repeated under its key; a state machine's executions make keys of their own."""
        return not (self.busy or self.sid or self.way == "steps")


def text_of(message: Message) -> Text:
    """A message of the sandbox."""
    return Text(
        sid=message.sid,
        inbound=message.direction == "inbound",
        from_=message.from_ or message.messaging_service_sid or "",
        to=message.to,
        body=message.body or "",
        status=message.status,
        owes_callbacks=bool(message.status_callback),
        media=tuple((file.sid, file.content_type) for file in message.media),
    )


def polled_texts(events: Iterable[BusEvent]) -> list[Text]:
    """The messages that polls have published, each once: all that the page knows of a real account."""
    found: dict[str, Text] = {}
    for event in events:
        if event.detail_type == "New and Updated Records":
            for record in event.detail["body"]["data"]["created"]:
                found.setdefault(record["sid"], _polled(record))
    return list(found.values())


def _polled(record: Mapping[str, str | None]) -> Text:
    return Text(
        sid=record["sid"] or "",
        inbound=record["direction"] == "inbound",
        from_=record["from"] or "",
        to=record["to"] or "",
        body=record["body"] or "",
        status=record["status"] or "",
    )


def pairs(sends: Iterable[Send], texts: Iterable[Text]) -> dict[int, str]:
    """The SID of the text that each send became, by the send's number, for the sends that have a text.

    A send without a SID gets the first text with its addresses and body that belongs to no other send.
    """
    asked = list(sends)
    found = {send.number: send.sid for send in asked if send.sid}
    free = [text for text in texts if not text.inbound and text.sid not in found.values()]
    for send in asked:
        text = next((text for text in free if _alike(text) == _asked(send)), None)
        if send.number not in found and text:
            found[send.number] = text.sid
            free.remove(text)
    return found


def doubled(sends: Iterable[Send], texts: Iterable[Text]) -> int:
    """How many texts people got beyond the one that each send may become."""
    asked = Counter(map(_asked, sends))
    there = Counter(_alike(text) for text in texts if not text.inbound)
    return sum(max(0, there[what] - count) for what, count in asked.items())


def untold(texts: Iterable[Text], events: Sequence[BusEvent]) -> set[tuple[str, str]]:
    """Facts that Twilio knows and the bus does not: inbound texts, and the final statuses of outbound texts.

    Each is the detail-type and the `detail.id` of the missing event.
    """
    told = {(event.detail_type, str(event.detail.get("id"))) for event in events}
    polled = {text.sid for text in polled_texts(events)}
    owed = set[tuple[str, str]]()
    for text in texts:
        if text.inbound and text.sid not in polled:
            owed.add(("Message Received", text.sid))
        elif text.owes_callbacks and text.status in FINAL_STATUSES:
            owed.add(("Message Status Updated", f"{text.sid}:{text.status}"))
    return owed - told


def told_statuses(events: Iterable[BusEvent]) -> dict[str, str]:
    """The status of each message, by its SID, by docs/consumers.md: that of the highest rank, of equals the latest."""
    best: dict[str, tuple[int, str, str]] = {}
    for event in events:
        if event.detail_type == "Message Status Updated" and event.detail["statusRank"] is not None:
            data = event.detail["body"]["data"]
            told = (event.detail["statusRank"], event.detail["receivedAt"], data["MessageStatus"])
            best[data["MessageSid"]] = max(told, best.get(data["MessageSid"], told))
    return {sid: status for sid, (_, _, status) in best.items()}


def _alike(text: Text) -> tuple[str, str, str]:
    return text.from_, text.to, text.body


def _asked(send: Send) -> tuple[str, str, str]:
    return send.from_, send.to, send.body
