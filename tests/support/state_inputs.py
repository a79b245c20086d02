"""What `record_state.py` asks the functions of a version for, so that they leave state of every kind."""

from collections.abc import Sequence
from typing import Any

from tests.support.old_states import Backlog

TEXT = {"to": "+15551230001", "from": "+15558675309", "message": "Your order has shipped."}
SERVICE = {"to": "+15551230004", "messagingServiceSid": "MG" + "2" * 32, "message": "Your table is ready."}
TEMPLATE = {"to": "+15551230005", "from": "+15558675309", "contentSid": "HX" + "3" * 32}

# Sends that Twilio takes.
SENT: dict[str, dict[str, Any]] = {
    "plain": TEXT,
    "spelled": {"to": "(555) 123-0002", "from": "555-867-5309", "message": "Gr\u00fc\u00dfe\naus K\u00f6ln \U0001f44d"},
    "media": {**TEXT, "to": "+15551230003", "mediaUrl": ["https://example.com/a.png", "https://example.com/b.png"]},
    "media alone": {"to": "+15551230003", "from": "+15558675309", "mediaUrl": "https://example.com/a.png"},
    "template": {**TEMPLATE, "contentVariables": {"2": "today", "1": "Ann"}},
    "service": SERVICE,
    "scheduled": {**SERVICE, "sendAt": "2026-11-28T14:30:00+01:00"},
    "delivery": {**TEXT, "to": "+15551230006", "statusCallback": "https://example.com/status", "validityPeriod": 600},
}
# Sends whose answer is lost, and whether Twilio took them; those that it took are not listed yet.
LOST: dict[str, tuple[dict[str, Any], bool]] = {
    "lost": ({**TEXT, "to": "+15551230011", "message": "Lost"}, False),
    "lost template": ({**TEMPLATE, "to": "+15551230012"}, False),
    "late": ({**TEXT, "to": "+15551230013", "message": "Late"}, True),
}
# Sends whose process is killed while it waits for the answer, and whether Twilio took them.
KILLED: dict[str, tuple[dict[str, Any], bool]] = {
    "killed": ({**TEXT, "to": "+15551230021", "message": "Killed"}, False),
    "killed late": ({**TEXT, "to": "+15551230022", "message": "Killed late"}, True),
}

HOUR_AGO = "2026-11-28T11:00:00Z"
# Polls by name: their input, what is there for them, and the variables that they run with. More than a page of a
# thousand messages, two a second, is left undrained.
POLLS: dict[str, tuple[dict[str, Any], Sequence[Backlog], dict[str, str]]] = {
    "fresh": ({"from": "+15550000001"}, [Backlog("+15550000001", 1, 5)], {}),
    "drained": (
        {"from": "+15550000002", "since": HOUR_AGO},
        [Backlog("+15550000002", 3, 50, 100), Backlog("+15550000002", 2, 1_000)],
        {},
    ),
    "undated": ({"from": "+15550000003", "since": HOUR_AGO}, [Backlog("+15550000003", 1, 500)], {}),
    "cut in a page": (
        {"from": "+15550000004", "since": HOUR_AGO},
        [Backlog("+15550000004", 5, 600, 0.5)],
        {"POLL_MAX_MESSAGES": "2"},
    ),
    "cut after a page": (
        {"from": "+15550000005", "since": HOUR_AGO},
        [Backlog("+15550000005", 1_100, 600, 0.5)],
        {"POLL_MAX_MESSAGES": "1000"},
    ),
    # This one dies when it publishes its second page.
    "killed": ({"from": "+15550000006", "since": HOUR_AGO}, [Backlog("+15550000006", 1_100, 600, 0.5)], {}),
}
