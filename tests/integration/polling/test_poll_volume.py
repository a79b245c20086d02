"""Polls of many messages: what is published, and how often."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.ministack import REGION, MiniStack
from local.session import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.twilio_sandbox import TwilioSandbox
from tests.support.fakes import FakeBus
from tests.support.modules import run_module
from tests.support.world import TABLE, World


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def since(seconds: float) -> dict[str, str]:
    return {"since": ago(seconds).isoformat()}


# The most that a poll publishes before it stops as truncated: a small one, and the template's default.
LIMITS = pytest.mark.parametrize("limit", [1_000, pytest.param(10_000, marks=pytest.mark.endurance)])


@LIMITS
def test_two_and_a_half_times_the_limit_in_one_window_arrive_in_full_over_three_polls(world: World, limit: int) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = str(limit)
    sids = world.twilio.add(limit * 5 // 2, date_sent=ago(1800), spacing=timedelta(seconds=0.05))

    results = [world.invoke("poll", since(7200)) for _ in range(4)]

    assert [result["published"] for result in results] == [limit, limit, limit // 2, 0]
    assert [result["truncated"] for result in results] == [True, True, False, False]
    assert Counter(world.bus.created()) == Counter(sids)


def test_3000_messages_of_one_second_arrive_once_even_if_polls_stop_within_it(world: World) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "1100"
    sids = world.twilio.add(3_000, date_sent=ago(1800))

    results = [world.invoke("poll", since(7200)) for _ in range(3)]

    assert [result["published"] for result in results] == [1100, 1100, 800]
    assert Counter(world.bus.created()) == Counter(sids)


@LIMITS
def test_exactly_the_limit_is_not_truncated(world: World, limit: int) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = str(limit)
    world.twilio.add(limit, date_sent=ago(1800), spacing=timedelta(seconds=0.1))

    result = world.invoke("poll", since(7200))

    assert (result["published"], result["truncated"]) == (limit, False)


@pytest.mark.parametrize("count", [2_500, pytest.param(25_000, marks=pytest.mark.endurance)])
def test_a_limit_above_the_backlog_takes_it_in_one_run(world: World, count: int) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "200000"
    sids = world.twilio.add(count, date_sent=ago(1800), spacing=timedelta(seconds=0.05))

    result = world.invoke("poll", since(7200))

    assert (result["published"], result["truncated"]) == (count, False)
    assert Counter(world.bus.created()) == Counter(sids)


def test_without_an_overlap_nothing_is_remembered_and_nothing_repeated(world: World) -> None:
    world.overrides["POLL_OVERLAP_SECONDS"] = "0"
    first = world.twilio.add(10, date_sent=ago(5))
    world.invoke("poll", since(60))
    second = world.twilio.add(10, date_sent=datetime.now(UTC))
    time.sleep(1.1)  # Until that second is complete.
    world.invoke("poll", {})
    world.invoke("poll", {})

    assert Counter(world.bus.created()) == Counter([*first, *second])
    assert [item for item in world.items("poll#") if item["sk"]["S"].startswith("chunk")] == []


class GrowingBus(FakeBus):
    """A bus on which each publishing lets more messages be sent, as long as there are some."""

    def __init__(self, twilio: TwilioSandbox) -> None:
        super().__init__()
        self.twilio = twilio
        self.added: list[str] = []

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        if len(self.added) < 1_000:
            self.added += self.twilio.add(100, date_sent=datetime.now(UTC))
        return super().put_events(Entries=Entries)


def test_a_burst_that_grows_while_it_is_drained_is_neither_lost_nor_repeated(world: World) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "1500"
    bus = world.bus = GrowingBus(world.twilio)
    sids = world.twilio.add(2_000, date_sent=ago(60), spacing=timedelta(seconds=0.01))

    while world.invoke("poll", since(600))["published"]:
        time.sleep(1.1)  # Until the second in which the last one was sent is complete.

    assert Counter(bus.created()) == Counter([*sids, *bus.added])


@pytest.fixture
def lasting_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """DynamoDB and Secrets Manager that outlive the processes which use them."""
    with MiniStack() as ministack:
        monkeypatch.setenv("AWS_ENDPOINT_URL", ministack.url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
        yield boto3.Session()


def expire_lease(aws: boto3.Session) -> None:
    """Let the lease of a poll that died be over, as it is 30 seconds after its deadline."""
    aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": "poll#default##"}, "sk": {"S": "cursor"}},
        UpdateExpression="SET #until = :past",
        ExpressionAttributeNames={"#until": "until"},
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
    )


def poll_in_a_process(world: World, published: Path, *, dies_after: int = 0) -> tuple[int, str]:
    """Poll in a process that kills itself right after its *dies_after*-th call of PutEvents."""
    return run_module("poll_process", json.dumps(world.env), str(published), str(dies_after))


# A page takes several calls, which are made side by side: of the first page two arrive, of a later one one does.
# In memory every poll of the gate is killed everywhere (test_poll_beside.py).
@pytest.mark.endurance
@pytest.mark.parametrize("calls", [2, 6])
def test_a_poll_killed_between_publishing_and_saving_repeats_at_most_a_page(
    lasting_aws: boto3.Session, twilio: TwilioSandbox, tmp_path: Path, calls: int
) -> None:
    world = World(twilio, aws=lasting_aws)
    sids = twilio.add(3_500, date_sent=ago(1800))
    published = tmp_path / "published"

    status, _ = poll_in_a_process(world, published, dies_after=calls)
    assert status == -signal.SIGKILL
    took = published.read_text()
    assert 0 < len(took.split()) < len(sids)
    assert poll_in_a_process(world, published) == (0, "skipped")
    assert published.read_text() == took

    expire_lease(lasting_aws)
    assert poll_in_a_process(world, published) == (0, "polled")

    counts = Counter(published.read_text().split())
    assert counts.keys() == set(sids)
    assert sum(counts.values()) - len(counts) <= 1_000
