"""Polls of the deployed stack: at volume, on a schedule, and many at once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_configuration import configured


@pytest.mark.parametrize("limit", [1_000, pytest.param(10_000, marks=pytest.mark.endurance)])
def test_two_and_a_half_times_the_limit_arrive_once_over_three_polls(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, limit: int
) -> None:
    sender = f"+1555{uuid.uuid4().int % 10**7:07}"
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    sids = twilio.add(limit * 5 // 2, date_sent=an_hour_ago, spacing=timedelta(seconds=0.1), from_=sender)
    poll = {"from": sender, "since": (an_hour_ago - timedelta(minutes=1)).isoformat()}

    with configured(aws, ["PollFunction"], POLL_MAX_MESSAGES=str(limit)):
        published = [aws.invoke("PollFunction", poll)["published"] for _ in range(4)]
    assert published == [limit, limit, limit // 2, 0]

    def polled() -> list[str]:
        events = [event for event in watcher.drain() if event.detail_type == "New and Updated Records"]
        created = [message for event in events for message in event.detail["body"]["data"]["created"]]
        return [message["sid"] for message in created if message["from"] == sender]

    watcher.wait_for(lambda _: len(polled()) >= len(sids), timeout=60)
    assert sorted(polled()) == sorted(sids)


def test_a_schedule_polls(aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox) -> None:
    sender = "+15550004444"
    (sid,) = twilio.add(1, date_sent=datetime.now(UTC) - timedelta(minutes=5), from_=sender)
    since = datetime.now(UTC) - timedelta(hours=1)

    aws.schedule_poll({"from": sender, "since": since.isoformat()}, delay_seconds=1)

    def holds_it(event: BusEvent) -> bool:
        created = event.detail["body"]["data"].get("created", [])
        return any(message["sid"] == sid for message in created)

    assert watcher.wait_for(holds_it, timeout=60).detail_type == "New and Updated Records"


def test_ten_polls_of_one_cursor_at_once_publish_everything_once(aws: LocalAws, twilio: TwilioSandbox) -> None:
    sender = "+15550002222"
    before = datetime.now(UTC) - timedelta(hours=1)
    twilio.add(3000, date_sent=before, from_=sender)
    poll = {"from": sender, "since": (before - timedelta(minutes=1)).isoformat()}

    with ThreadPoolExecutor(10) as callers:
        results = list(callers.map(lambda _: aws.invoke("PollFunction", poll), range(10)))

    assert sum(result["published"] for result in results) == 3000
    # How many of them met another one depends on how fast this machine starts ten workers.
    assert not any(result["published"] for result in results if result["skipped"])
