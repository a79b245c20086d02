"""The alarms on events that wait undelivered, held against what SQS reports of its queues, minute by minute.

Messages are not visible from their receipt to their deletion or the end of their visibility time-out, and the age of
the oldest message leaves out those that were received three times:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import random
from itertools import accumulate

import pytest

from tests.support.template import of_type, rings
from twilio_connector.bus.redelivery import pause_after

ALARMS = of_type("AWS::CloudWatch::Alarm")
EVENTS, UNREAD = ALARMS["UndeliveredEventsAlarm"], ALARMS["UndeliveredUnreadAlarm"]
QUEUE = of_type("AWS::SQS::Queue")["UndeliveredQueue"]
RECEIVES = QUEUE["RedrivePolicy"]["maxReceiveCount"]
QUARTER_MINUTES = 15


def receipts(pauses: list[int]) -> list[float]:
    """The minutes at which an event is received that is refused at once and then after each of the *pauses*."""
    return [seconds / 60 for seconds in accumulate(pauses, initial=0)]


def hidden(received: list[float]) -> dict[int, float]:
    """How many messages are not visible, of one that is hidden from its first receipt to its last."""
    return {minute: 1 if minute < received[-1] else 0 for minute in range(int(received[-1]) + 60)}


def refused(seed: int) -> list[float]:
    """When an event is received that the bus refuses until the queue gives it up."""
    random.seed(seed)
    return receipts([pause_after(receives) for receives in range(1, RECEIVES + 1)])


@pytest.mark.parametrize("seed", range(20))
def test_an_event_that_the_bus_refuses_alarms_after_a_quarter_of_an_hour_until_it_is_published(seed: int) -> None:
    received = refused(seed)

    on = rings(EVENTS, hidden(received))

    assert min(on) == QUARTER_MINUTES
    # Without a break, for eight hours and more.
    assert on == set(range(min(on), max(on) + 1, EVENTS["Period"] // 60))
    assert max(on) >= received[-1] > 8 * 60
    # Nothing waits for somebody to read it, which is another alarm.
    assert rings(UNREAD, dict.fromkeys(range(len(hidden(received))), 0)) == set()


@pytest.mark.parametrize("seed", range(20))
def test_the_age_of_the_oldest_message_would_tell_nothing_of_it(seed: int) -> None:
    received = refused(seed)
    counted = {minute: minute * 60 for minute in range(int(received[-1])) if minute < received[2]}
    assert max(counted.values()) < 2 * 60


def test_an_event_that_is_published_within_ten_minutes_alarms_nobody() -> None:
    assert rings(EVENTS, {minute: 1 if minute < 10 else 0 for minute in range(60)}) == set()


def test_a_redelivery_that_is_throttled_or_crashes_alarms_too() -> None:
    """Its events are hidden for the visibility time-out, and received again at its end."""
    on = rings(EVENTS, hidden(receipts([QUEUE["VisibilityTimeout"]] * RECEIVES)))
    assert min(on) == QUARTER_MINUTES
    # The runbook says how long they have then.
    assert max(on) == 60


def test_events_that_nothing_reads_alarm_although_none_is_hidden() -> None:
    waiting = {minute: float(minute) for minute in range(1, 40)}
    assert min(rings(UNREAD, {0: 1, **waiting})) == QUARTER_MINUTES
    assert rings(EVENTS, dict.fromkeys(range(40), 0)) == set()
    # A backlog that is worked off has moments without anything visible.
    assert rings(UNREAD, {minute: minute % 5 for minute in range(60)}) == set()


def test_an_idle_queue_reports_nothing_and_alarms_nobody() -> None:
    assert rings(EVENTS, {}) == rings(UNREAD, {}) == set()
