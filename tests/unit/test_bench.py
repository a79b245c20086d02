"""The arithmetic of the bench; what it measures is measured by `make bench` alone."""

import pytest

from tests.bench.costs import costs
from tests.bench.dynamodb import Table
from tests.bench.measuring import medians
from tests.bench.report import Ratio, markdown
from tests.bench.stubs import PAGE_SIZE, pages

MEMORY = {"WebhookFunction": 1024, "SendSmsFunction": 1024, "PollFunction": 1024}


def test_a_median_is_taken_for_each_name() -> None:
    rounds = iter([("a", 3.0), ("b", 10.0), ("a", 1.0), ("b", 30.0), ("a", 2.0), ("b", 20.0)])
    assert medians(rounds) == {"a": 2.0, "b": 20.0}


def test_costs_grow_with_the_time_that_is_taken() -> None:
    free = costs(webhook=0, send=0, quiet_poll=0, polled_message=0, memory_mb=MEMORY)
    # An API request, an invocation, an event.
    assert free.webhooks == pytest.approx(2.20)
    second = costs(webhook=1, send=1, quiet_poll=1, polled_message=1, memory_mb=MEMORY)
    assert second.webhooks - free.webhooks == pytest.approx(13.3334)
    assert second.polled_messages - free.polled_messages == pytest.approx(13.3334)


@pytest.mark.parametrize(("value", "at_least", "reached"), [(1.1, False, False), (1.1, True, True), (1.0, False, True)])
def test_a_missed_target_is_called_so(value: float, at_least: bool, reached: bool) -> None:
    ratio = Ratio("measure", value, 1.0, at_least, "values")
    assert ratio.is_reached is reached
    nothing = costs(webhook=0, send=0, quiet_poll=0, polled_message=0, memory_mb=MEMORY)
    assert ("(missed)" in markdown([ratio], nothing, "a machine")) is not reached


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
    assert table.answer("Query", {"ExpressionAttributeValues": {":pk": {"S": "a"}}})["Items"] == [key]
    with pytest.raises(ValueError, match="Scan"):
        table.answer("Scan", {})


def names_and(names: dict[str, str], values: dict[str, dict[str, str]]) -> dict[str, object]:
    return {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
