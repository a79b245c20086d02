"""The arithmetic of docs/scale.md, and that the page is what it makes of the figures and quotas of now."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench.bounds import (
    CALLBACKS,
    DIRECT,
    HEADROOM,
    POLL,
    POLLED_WRITES,
    QUEUE,
    SEND_WRITES,
    SENDERS,
    WEBHOOK,
    Figures,
    Part,
    Settings,
    in_order,
    ways,
)
from bench.dynamodb import Table
from bench.messages import PAGE_SIZE
from bench.premises import dollars, figures, seconds_of, settings
from bench.quotas import ELSEWHERE, Quotas, sources
from bench.scale import LATENCIES, PAGE, RATES, number, tables, written
from local.sam import PROJECT_ROOT
from tests.support.template import template
from twilio_connector.sending.records import Record, Send
from twilio_connector.sending.writes import Writes

FIGURES = Figures(webhook=0.02, send=0.2, queued_send=0.25, polled=0.001, at_twilio=0.1)
SETTINGS = Settings(
    rate_limit=(1_000, 100_000),
    queue_concurrency=(5, 1_000),
    poll_max=(10_000, 1_000_000),
    interval=300,
    overlap=300,
    reading=270,
    redelivered=20,
)


def found(way: str) -> dict[str, Part]:
    """The parts of *way*, by their names."""
    return {part.name: part for part in ways(FIGURES, SETTINGS, Quotas())[way]}


def firsts(chosen: Settings, quotas: Quotas) -> dict[str, Part]:
    """What bounds each way first."""
    return {way: in_order(those)[0] for way, those in ways(FIGURES, chosen, quotas).items()}


def _parts(quotas: Quotas) -> list[Sequence[Part]]:
    return list(ways(FIGURES, SETTINGS, quotas).values())


def test_a_part_takes_what_its_amount_divided_by_a_messages_share_is() -> None:
    part = Part("executions", has=100, uses=0.5)
    assert part.takes == 200
    assert part.needed(400) == math.ceil(400 * 0.5 / HEADROOM) == 250


def test_a_part_is_short_as_soon_as_the_headroom_is_used() -> None:
    part = Part("executions", has=100, uses=1)
    assert not part.is_short(100 * HEADROOM)
    assert part.is_short(100 * HEADROOM + 1)


@pytest.mark.parametrize("rate", [0.1, 1, 3, 80, 100, 12_345])
def test_what_is_needed_of_a_part_is_enough_and_no_more(rate: float) -> None:
    part = Part("executions", has=1, uses=0.3)
    needed = part.needed(rate)
    assert not replace(part, has=needed * 1.000001).is_short(rate)
    assert replace(part, has=needed - 1).is_short(rate)


def test_the_first_bound_of_each_way_is_found() -> None:
    least = firsts(SETTINGS, Quotas())
    assert {way: part.name for way, part in least.items()} == {
        WEBHOOK: "`WebhookRateLimit`",
        POLL: "`PollMaxMessages`",
        DIRECT: SENDERS,
        QUEUE: SENDERS,
    }
    assert [part.takes for part in least.values()] == pytest.approx([1_000, 10_000 / 300, 1, 1])


def test_with_the_first_bound_out_of_the_way_the_next_one_is_found() -> None:
    chosen = replace(SETTINGS, rate_limit=(100_000, 100_000), poll_max=(1_000_000, 1_000_000))
    least = firsts(chosen, Quotas(sender=10_000, put_events=400))
    assert {way: part.name for way, part in least.items()} == {
        WEBHOOK: "EventBridge, PutEvents a second",
        POLL: "cursors, for the seconds of their pages",
        DIRECT: "EventBridge, PutEvents a second",
        QUEUE: "`SendQueueConcurrency`",
    }
    assert [part.takes for part in least.values()] == pytest.approx([400, 270 / 0.6, 400 / CALLBACKS, 5 / 0.25])


def test_short_functions_are_bounded_by_their_requests_and_long_ones_by_their_time() -> None:
    for name, takes in (("", 1_000 / 0.02), (", 10 requests a second each", 10_000)):
        assert found(WEBHOOK)[f"Lambda, concurrent executions{name}"].takes == pytest.approx(takes)
    assert found(DIRECT)["Lambda, concurrent executions"].takes == pytest.approx(1_000 / (0.2 + CALLBACKS * 0.02))


def test_callbacks_are_webhooks_of_what_is_sent() -> None:
    assert found(DIRECT)["`WebhookRateLimit`"].takes == pytest.approx(1_000 / CALLBACKS)
    assert found(DIRECT)["EventBridge, PutEvents a second"].takes == pytest.approx(10_000 / CALLBACKS)
    # And its Message Sent.
    assert found(QUEUE)["EventBridge, PutEvents a second"].takes == pytest.approx(10_000 / (CALLBACKS + 1))


@pytest.mark.parametrize("name", sorted(vars(Quotas())))
def test_no_way_takes_less_with_more_of_a_quota(name: str) -> None:
    more = replace(Quotas(), **{name: 2 * getattr(Quotas(), name)})
    before, after = ([part.takes for those in _parts(quotas) for part in those] for quotas in (Quotas(), more))
    assert all(now >= then for then, now in zip(before, after, strict=True))
    assert after != before


def test_no_part_needs_less_of_a_higher_rate() -> None:
    for parts in _parts(Quotas()):
        for part in parts:
            needs = [part.needed(rate) for rate in RATES]
            assert needs == sorted(needs)
            short = [part.is_short(rate) for rate in RATES]
            assert short == sorted(short)


def test_a_send_writes_as_much_as_is_counted() -> None:
    """By the bench's table, which charges as DynamoDB does."""
    table = Table()
    send = Send("default", "AC" + "0" * 32, "+15551234567", "a key", "a fingerprint", "a text")
    record, writes = Record.new("a fingerprint", 0, 30), Writes("table", send)
    for items in (
        [writes.new_record(record, 0), writes.flight(record)],
        [
            writes.overwrite_record(record),
            writes.message("SM" + "1" * 32, 0, calls_back=True),
            writes.end_request(record),
        ],
    ):
        table.answer("TransactWriteItems", {"TransactItems": items})
    assert table.writes == SEND_WRITES


def test_polled_messages_write_what_is_remembered_of_them() -> None:
    assert "16 bytes of each SID" in (PROJECT_ROOT / "docs" / "polling.md").read_text()
    remembered = 16 * PAGE_SIZE / 1024
    # Written, deleted, and a few for the place.
    assert 2 * remembered <= POLLED_WRITES * PAGE_SIZE <= 2 * remembered + 5


def test_the_time_of_a_poll_grows_with_that_of_its_pages() -> None:
    taken = [figures(latency).polled for latency in LATENCIES]
    assert taken == sorted(set(taken))
    # One page of a thousand, and its share of the look at the top.
    assert taken[-1] - taken[0] == pytest.approx((LATENCIES[-1] - LATENCIES[0]) * 11 / 10_000)


def test_the_settings_are_the_templates() -> None:
    parameters = template()["Parameters"]
    chosen = settings()
    assert chosen.queue_concurrency == tuple(parameters["SendQueueConcurrency"][key] for key in ("Default", "MaxValue"))
    assert (chosen.interval, chosen.redelivered) == (300, 20)
    assert 0 < chosen.reading < template()["Resources"]["PollFunction"]["Properties"]["Timeout"]


@pytest.mark.parametrize(
    ("schedule", "seconds"), [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7_200)]
)
def test_a_schedule_is_its_seconds(schedule: str, seconds: float) -> None:
    assert seconds_of(schedule) == seconds


def test_a_message_costs_its_callbacks_too() -> None:
    each = dollars((PROJECT_ROOT / "docs" / "bench.md").read_text())
    assert each[QUEUE] > each[DIRECT] > CALLBACKS * each[WEBHOOK] > each[WEBHOOK] > each[POLL] > 0


def test_every_quota_has_its_page() -> None:
    listed = list(sources())
    assert all(source.page.startswith("https://") for source in listed)
    assert len({source.what for source in listed if not source.what.startswith("the same")}) >= len(vars(Quotas())) - 1
    assert next(iter(ELSEWHERE.values())) == Quotas()


def test_every_part_is_told_with_what_shows_it() -> None:
    parts = {part.name for those in _parts(Quotas()) for part in those}
    table = PAGE.read_text().partition("| part | is seen by |\n")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| (.+?) \|", table, re.MULTILINE)) - {"---"} == parts


def test_the_page_is_what_is_computed_now() -> None:
    """Else: `make scale`."""
    page = PAGE.read_text()
    assert page == written(page, tables())


def test_what_is_short_at_each_rate_is_what_the_page_says_in_short() -> None:
    """Else its first lines, and what is written below the tables, are to be read again."""
    parts = [part for those in ways(figures(), settings(), Quotas()).values() for part in those]
    short = [{part.name for part in parts if part.is_short(rate)} for rate in RATES]
    assert short[0] == {SENDERS}
    assert short[1] == {SENDERS, "`PollMaxMessages`", "`SendQueueConcurrency`"}
    assert {part.name for part in parts} - short[2] == {"DynamoDB, write units a second of a cursor"}


def test_what_stands_between_the_marks_is_replaced_and_nothing_else() -> None:
    page = "a\n<!-- x: made by `make scale` -->\nold\n<!-- end of x -->\nb\n"
    assert written(page, {"x": "new\n"}) == page.replace("old", "new")
    with pytest.raises(AssertionError):
        written(page, {"y": "new\n"})


@pytest.mark.parametrize(("value", "cell"), [(0.031, "0.031"), (1, "1"), (33.333, "33.3"), (2_500.4, "2,500")])
def test_numbers_are_as_long_as_they_are_read(value: float, cell: str) -> None:
    assert number(value) == cell
