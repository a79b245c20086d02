"""What it costs to answer a request."""

import time
from typing import Any

from tests.support.webhook_deployment import Deployment, forged

Event = dict[str, Any]

# Of processor time, for what anyone can send.
MAX_SECONDS = 0.050


def without_signature(event: Event) -> Event:
    """The same, not signed."""
    headers = {name: value for name, value in event["headers"].items() if name.lower() != "x-twilio-signature"}
    return {**event, "headers": headers}


def answer(event: Event) -> tuple[int, float]:
    """The status that *event* gets, and the seconds of processor time that it took, at best."""
    seconds = []
    for _ in range(3):
        deployed = Deployment()
        before = time.process_time()
        status = deployed.status_of(event)
        seconds.append(time.process_time() - before)
        assert len(deployed.bus.entries) == (status in (200, 204))
    return status, min(seconds)


def assert_refused_cheaply(event: Event) -> None:
    """Assert that *event*, unsigned and wrongly signed, is refused within ``MAX_SECONDS``."""
    for refused in (without_signature(event), forged(event)):
        status, seconds = answer(refused)
        assert 400 <= status < 500
        assert seconds < MAX_SECONDS
