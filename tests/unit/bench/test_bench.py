"""The arithmetic of the bench, and what it wrote; what it measures is measured by `make bench` alone."""

import re
from typing import Any

import pytest

from bench.bounds import CALLBACKS, DIRECT
from bench.costs import LAMBDA_LOG_BYTES, LOG_BYTE, MILLION, costs
from bench.dynamodb import Table
from bench.inputs import BATCH
from bench.memory import PROCESSOR_MB, SIZES_MB, USABLE, Job, Limits, cheapest
from bench.messages import PAGE_SIZE, pages
from bench.month import POLLING, charges
from bench.premises import dollars, figures, idle
from bench.report import COSTS, END_OF_COSTS, costs_block, sizes, with_costs
from bench.results import memory_mb
from bench.rows import refusals
from bench.running import ENVIRONMENT, Endpoints
from bench.samples import Sample, in_turn, medians
from bench.stubs import AWS_SERVICES
from bench.tasks import LARGE_TASKS, TASKS, limits_of
from bench.units import Row
from bench.usage import Usage
from local.sam import PROJECT_ROOT
from tests.support.template import FUNCTIONS, expanded

README, PAGE = ((PROJECT_ROOT / name).read_text() for name in ("README.md", "docs/bench.md"))
NOTHING = Usage(events=0, writes=0, reads=0, log_bytes=0)


def job(processor: float, memory_mb: int = PROCESSOR_MB) -> Job:
    return Job(memory_mb, init=processor, first=processor, warm=processor, waiting=0.0)


def costs_of(processor: float, used: Usage = NOTHING) -> dict[str, float]:
    jobs = ("webhook", "send", "batch of sends", "poll of 10,000", "quiet poll")
    return costs(dict.fromkeys(jobs, job(processor)), dict.fromkeys((*jobs, "polled message"), used))


def test_a_median_is_taken_of_each_name_and_of_each_value() -> None:
    samples = [
        ("a", 3.0, 10.0),
        ("b", 10.0, 1.0),
        ("a", 1.0, 30.0),
        ("b", 30.0, 1.0),
        ("a", 2.0, 20.0),
        ("b", 20.0, 1.0),
    ]
    found = medians((name, Sample(seconds, 0, megabytes)) for name, seconds, megabytes in samples)
    assert found == {"a": Sample(2.0, 0, 20.0), "b": Sample(20.0, 0, 1.0)}


def test_costs_grow_with_the_time_that_is_taken() -> None:
    free, second = costs_of(0), costs_of(1)
    logs = MILLION * LAMBDA_LOG_BYTES * LOG_BYTE
    # An API request, an invocation, the runtime's lines.
    assert free["webhooks"] == pytest.approx(1.20 + logs)
    assert second["webhooks"] - free["webhooks"] == pytest.approx(13.3334 * PROCESSOR_MB / 1024)
    polled = "polled messages, a thousand a poll"
    assert second[polled] - free[polled] == pytest.approx(13.3334 * PROCESSOR_MB / 1024 / 10_000)


def test_costs_grow_with_what_is_used_of_aws() -> None:
    used = costs_of(0, Usage(events=1, writes=1, reads=1, log_bytes=2**30 / MILLION))
    for name, each in costs_of(0).items():
        share = BATCH if name == "sends through the queue, ten at a time" else 1
        assert (used[name] - each) * share == pytest.approx(1 + 0.625 + 0.125 + 0.5)


def test_less_memory_is_a_smaller_share_of_a_processor_for_events_and_not_for_the_start() -> None:
    one = Job(512, init=0.25, first=0.02, warm=0.003, waiting=0.1)
    assert one.start(PROCESSOR_MB) == one.start(2 * PROCESSOR_MB) == pytest.approx(0.27)
    assert one.start(128) == pytest.approx(0.25 + 0.02 * 1769 / 128)
    assert one.event(PROCESSOR_MB) == one.event(2 * PROCESSOR_MB) == pytest.approx(0.103)
    assert one.event(128) == pytest.approx(0.1 + 0.003 * 1769 / 128)


def test_dollars_are_those_of_the_gigabyte_seconds_and_a_start_is_billed() -> None:
    one = Job(512, init=0.25, first=0.02, warm=0.003, waiting=0.1)
    assert one.dollars(512) == pytest.approx(0.2e-6 + one.event(512) / 2 * 13.3334e-6)
    assert one.start_dollars(512) == pytest.approx(0.2e-6 + (one.start(512) + 0.1) / 2 * 13.3334e-6)


@pytest.mark.parametrize(
    ("change", "size"),
    [
        ({}, 128),
        ({"init": 0.4}, 256),
        ({"first": 0.05}, 512),
        ({"warm": 0.01}, 512),
        ({"peak_mb": 128 * USABLE + 1}, 256),
        ({"waiting": 9.0}, 128),
        ({"init": 0.6}, None),
    ],
    ids=["fast", "slow start", "slow first event", "slow event", "large", "waiting", "never"],
)
def test_the_cheapest_size_is_the_one_that_keeps_the_limits(change: dict[str, float], size: int | None) -> None:
    fast = {"init": 0.25, "first": 0.01, "warm": 0.002, "waiting": 0.1, "peak_mb": 40.0}
    limits = Limits(start=0.5, event=0.05)
    assert cheapest([(Job(512, **fast), limits), (Job(512, **{**fast, **change}), limits)]) == size


def test_each_round_has_another_one_at_its_beginning() -> None:
    rounds = [in_turn("ABC", number) for number in range(4)]
    assert rounds == [["A", "B", "C"], ["B", "C", "A"], ["C", "A", "B"], ["A", "B", "C"]]


def test_every_function_has_a_task_of_its_own() -> None:
    assert sorted(task.function for task in TASKS) == sorted(FUNCTIONS)
    assert len({task.title for task in (*TASKS, *LARGE_TASKS)}) == len(TASKS) + len(LARGE_TASKS)


@pytest.mark.parametrize(
    ("figure", "at_least", "reached"), [(1.1, False, False), (1.1, True, True), (1.0, False, True)]
)
def test_a_missed_target_is_called_so(figure: float, at_least: bool, reached: bool) -> None:
    row = Row("measure", figure, 1.0, at_least)
    assert row.is_reached is reached
    assert ("(missed)" in " ".join(row.cells)) is not reached
    assert "(missed)" not in " ".join(Row("measure", figure).cells)


def test_of_a_strangers_requests_the_costliest_counts() -> None:
    found = {name: Sample(0.9, processor) for name, processor in (("a", 0.01), ("b", 0.04), ("c", 0.02), ("d", 0.03))}
    row = refusals(found)
    assert row.figure == pytest.approx(40)
    assert row.values == "b: 40 ms; d: 30 ms; c: 20 ms"
    assert row.is_reached
    assert not refusals({"e": Sample(0.0, 0.051)}).is_reached


def test_the_costs_are_the_same_on_both_pages() -> None:
    blocks = {text.partition(COSTS)[2].partition(END_OF_COSTS)[0] for text in (README, PAGE)}
    (block,) = blocks
    assert block
    assert with_costs(README, costs_block({"webhooks": 1.0})).count("| webhooks | 1.00 |") == 1


def month(resources: dict[str, dict[str, Any]], poll: float) -> float:
    return sum(each.month for each in charges(resources, poll))


def test_the_readme_tells_what_the_templates_stack_costs_while_nothing_happens() -> None:
    """To a quarter of a dollar, both with polls and without them: a further alarm is ten cents."""
    prose = " ".join(README.split())
    (polling,) = re.findall(r"costs about \*\*([\d.]+) US dollars a month\*\*", prose)
    (silent,) = re.findall(r"about ([\d.]+) dollars with `PollEnabled=false`", prose)
    assert float(polling) == pytest.approx(sum(each.month for each in idle()), abs=0.25)
    assert float(silent) == pytest.approx(sum(each.month for each in idle() if not each.polling), abs=0.25)


def test_the_readme_says_what_a_text_costs_and_takes() -> None:
    prose, found = " ".join(README.split()), figures()
    (text,) = re.findall(r"with three status callbacks each, cost about \*\*(\d+) US dollars\*\*", prose)
    assert float(text) == round(MILLION * dollars(PAGE)[DIRECT])
    assert CALLBACKS == 3
    taken = re.search(r"a warm webhook takes (\d+) ms and a warm direct send (\d+) ms, if Twilio takes (\d+)", prose)
    assert taken
    assert list(map(int, taken.groups())) == [
        round(1000 * each) for each in (found.webhook, found.send, found.at_twilio)
    ]


def test_a_month_costs_what_there_is() -> None:
    nothing = month({}, 0.0)
    assert nothing == pytest.approx(6 * 0.30 + 0.40)
    types = ("CloudWatch::Alarm", "CloudWatch::Dashboard", "Lambda::EventSourceMapping", "SQS::Queue")
    each = {kind: month({"One": {"Type": f"AWS::{kind}"}}, 0.0) - nothing for kind in types}
    assert each == pytest.approx(dict(zip(types, (0.10, 3.00, 0.2592, 0.0), strict=True)))
    assert month({}, 1_000_000.0) - nothing == pytest.approx(8640)


def test_an_alarm_is_charged_for_each_metric_that_it_reads() -> None:
    metrics = [{"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}, {"Id": "c", "Expression": "a / b"}]
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": metrics}}
    assert month({"One": alarm}, 0.0) - month({}, 0.0) == pytest.approx(0.20)


def test_a_resource_whose_price_nobody_has_looked_at_is_not_taken_for_free() -> None:
    with pytest.raises(ValueError, match="AWS::KMS::Key"):
        month({"Key": {"Type": "AWS::KMS::Key"}}, 0.0)


def test_every_price_of_a_month_names_its_page() -> None:
    assert all(each.page.startswith("https://") or each.page == POLLING for each in idle())


def test_the_sizes_on_the_page_are_those_of_the_template() -> None:
    _, _, table = PAGE.partition("\nCold start:\n")
    lines = re.findall(r"^\| (.+?) \| (.+) \|$", table.partition("\nWarm event:\n")[0], re.MULTILINE)
    bold = {title: [cell.startswith("**") for cell in cells.split(" | ")] for title, cells in lines}
    for task in TASKS:
        assert bold[task.title] == [size == memory_mb(task.function) for size in SIZES_MB]


def test_sizes_are_computed_for_all_that_there_is() -> None:
    titles = [title for task in TASKS for title in limits_of(task)]
    tables = sizes(dict.fromkeys(titles, Job(256, init=0.1, first=0.1, warm=0.1, waiting=1.0)))
    assert "| webhook | 1,482 ms | **791 ms** | 446 ms | 273 ms | 200 ms |" in tables
    assert "| webhook | webhook: 500 ms and 25 ms | none does | 256 |" in tables
    limits = "list of 50: 500 ms and 100 ms; list of 1,000: 1,000 ms and 200 ms"
    assert f"| list of 50 | {limits} | 1769 | 256 |" in tables
    assert "| redelivery | redelivery: 1,000 ms and 200 ms | 1024 | 256 |" in tables


@pytest.mark.parametrize(("count", "length"), [(0, 1), (1, 1), (PAGE_SIZE, 1), (PAGE_SIZE + 1, 2)])
def test_a_list_has_as_many_pages_as_it_needs(count: int, length: int) -> None:
    prepared = pages(count)
    assert len(prepared) == length
    assert sum(page.count(b'"sid"') for page in prepared) == count
    assert b'"next_page_uri": null' in prepared[-1]


def test_the_table_keeps_what_is_written() -> None:
    table, key = Table(), {"pk": {"S": "a"}, "sk": {"S": "b"}}
    names, values = {"#x": "x"}, {":x": {"N": "1"}}
    table.answer("UpdateItem", {"Key": key, "UpdateExpression": "SET #x = :x"} | names_and(names, values))
    assert table.answer("GetItem", {"Key": key}) == {"Item": {**key, "x": {"N": "1"}}}
    table.answer("UpdateItem", {"Key": key, "UpdateExpression": "REMOVE #x"} | names_and(names, {}))
    query = {"KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high"}
    for low, found in (("a", [key]), ("c", [])):
        values = {":pk": {"S": "a"}, ":low": {"S": low}, ":high": {"S": "d"}}
        assert table.answer("Query", {**query, "ExpressionAttributeValues": values})["Items"] == found
    several = {"RequestItems": {"t": {"Keys": [key, {"pk": {"S": "a"}, "sk": {"S": "c"}}]}}}
    assert table.answer("BatchGetItem", several)["Responses"] == {"t": [key]}
    # Each write so far and a read of what is less than 1 and 4 KB, also of nothing.
    assert (table.writes, table.reads) == (2, 5)
    with pytest.raises(ValueError, match="Scan"):
        table.answer("Scan", {})


def test_the_table_charges_by_size_and_twice_for_a_transaction() -> None:
    table = Table()
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}, "sids": {"B": "A" * 4 * 1024}}
    table.answer("PutItem", {"Item": item})
    assert table.writes == 4
    table.answer("BatchWriteItem", {"RequestItems": {"t": [{"DeleteRequest": {"Key": item}}]}})
    assert table.writes == 4 + 4
    table.answer("TransactWriteItems", {"TransactItems": [{"Put": {"Item": item}}]})
    assert table.writes == 4 + 4 + 2 * 4


def names_and(names: dict[str, str], values: dict[str, dict[str, str]]) -> dict[str, object]:
    return {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}


def test_functions_have_each_variable_of_the_template() -> None:
    resources = expanded()
    variables = {
        name for logical_id in FUNCTIONS for name in resources[logical_id]["Properties"]["Environment"]["Variables"]
    }
    assert variables <= {*ENVIRONMENT, *Endpoints(dict.fromkeys((*AWS_SERVICES, "TWILIO"), 0)).variables}
