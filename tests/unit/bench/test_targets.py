"""The bench's rows: what is next to what, what is left out, and what becomes of the figures."""

import json
from collections.abc import Mapping

import pytest

from bench.columns import Columns
from bench.figures import figures
from bench.report import lives, page
from bench.results import LayerSize, Results, memory_mb
from bench.rows import rows
from bench.samples import Sample
from bench.targets import cold
from bench.tasks import BEFORE, CONNECTOR, FLOOR, LARGE_TASKS, TASKS, TUTORIAL
from bench.units import Row
from bench.usage import Usage
from local.sam import PROJECT_ROOT

FAST = Columns(init=0.3, first=0.01, second=0.004, warm=0.003, closed=0.005, megabytes=40.0)
SLOW = Columns(init=0.2, first=0.2, second=0.004, warm=0.003, closed=0.05, megabytes=50.0)
USAGES = ("webhook", "send", "batch of sends", "quiet poll", "polled message")


def results(others: tuple[str, ...], before_mb: Mapping[str, int]) -> Results:
    """The connector is FAST, all *others* are SLOW."""
    found = {CONNECTOR: FAST, **dict.fromkeys(others, SLOW)}
    sample = Sample(1.1, 0.5, 50.0)
    batches = {CONNECTOR: Sample(0.2, 0.07, 50.0), **dict.fromkeys(others, Sample(1.7, 0.1, 50.0))}
    return Results(
        lives={task.title: found for task in TASKS},
        large={task.title: {CONNECTOR: FAST} for task in LARGE_TASKS},
        verification={"connector": sample, "sdk": sample},
        refusals={"a request": sample},
        queue=batches,
        poll={CONNECTOR: sample, **dict.fromkeys(others, Sample(1.65, 0.5, 50.0))},
        quiet_poll={CONNECTOR: sample},
        backlogs=dict.fromkeys((1_000, 10_000, 100_000), sample),
        reconciliations=dict.fromkeys((10_000, 100_000), sample),
        usages=dict.fromkeys(USAGES, Usage(1, 1, 1, 100)),
        imports={(CONNECTOR, "all"): sample},
        profile={(CONNECTOR, "all"): sample},
        layer=LayerSize(5.5, 9.5),
        before_mb=before_mb,
    )


def by_measure(found: Results) -> dict[str, Row]:
    return {row.measure: row for row in rows(found)}


def test_ratios_are_the_connectors_to_each_other_one() -> None:
    found = by_measure(results((BEFORE, FLOOR, TUTORIAL), {}))
    first = found["webhook, first event, to the version before"]
    assert first.figure == pytest.approx(0.05)
    assert (first.target, first.is_reached) == (0.12, True)
    assert first.values == "connector 10 ms, before 200 ms, floor 200 ms, tutorial 200 ms"
    assert found["webhook, first event, to the floor"].target == 0.2
    start = found["get, INIT and first event, to the tutorial"]
    assert start.figure == pytest.approx(0.31 / 0.4)
    assert not start.is_reached
    assert found["poll, first event after closed connections, to the floor"].figure == pytest.approx(0.1)
    assert found["update, peak memory, to the version before"].figure == pytest.approx(0.8)
    queue = found["send queue, batches of 10, sends a second, to the version before"]
    assert queue.figure == pytest.approx(8.5)
    assert queue.is_reached
    assert queue.values == "connector 50.0/s, before 5.9/s, floor 5.9/s, tutorial 5.9/s"
    assert found["poll of 10,000, messages a second, to the version before"].figure == pytest.approx(1.5)
    assert found["the same, seconds to those of its pages alone"].figure == pytest.approx(1.1)


def test_a_cold_start_has_a_whole_processor_until_its_first_event() -> None:
    assert cold(SLOW, 128) == pytest.approx(0.2 + 0.2 * 1769 / 128)
    size = memory_mb("WebhookFunction")
    found = by_measure(results((BEFORE,), {"WebhookFunction": 2 * size}))
    start = found[f"webhook, cold start computed at {size} MB, to the version before"]
    assert start.figure == pytest.approx(cold(FAST, size) / cold(SLOW, size))
    own = found[f"webhook, the same, to the version before with its {2 * size} MB"]
    assert own.figure == pytest.approx(cold(FAST, size) / cold(SLOW, 2 * size))
    assert not [measure for measure in found if measure.startswith("poll, the same, to the version before")]


def test_without_a_version_before_its_columns_and_rows_are_left_out() -> None:
    found = results((FLOOR, TUTORIAL), {})
    assert not [measure for measure in by_measure(found) if "before" in measure]
    assert "before" not in lives(found.lives)
    assert found.lives and by_measure(found)["webhook, peak memory, MB"].figure == 40


def test_the_page_tells_how_many_targets_are_missed() -> None:
    found = results((BEFORE, FLOOR, TUTORIAL), {})
    missed = sum(not row.is_reached for row in rows(found))
    written = page(found, "Measured somewhere.", "the costs")
    assert written.startswith("Measured somewhere.\n")
    assert f"\n{missed} of " in written
    assert written.count("(missed)") == missed > 0


def test_the_figures_for_programs_have_the_form_that_is_kept() -> None:
    kept = json.loads((PROJECT_ROOT / "docs" / "bench.json").read_text())
    made = json.loads(json.dumps(figures(results((), {}))))
    assert _form(kept) == _form(made)
    assert made["queue"] == {"batch": 10, "sendsPerSecond": 50.0, "processorMsPerSend": 7.0}
    assert made["functions"]["GetSmsFunction"]["processorMs"]["closed"] == 5.0


def _form(document: dict[str, object]) -> object:
    """Names alone, of any one function."""
    if not isinstance(document, dict):
        return None
    members = {name: _form(value) for name, value in document.items()}  # type: ignore[arg-type]
    return members if "functions" not in members else {**members, "functions": _one(members["functions"])}


def _one(functions: object) -> object:
    assert isinstance(functions, dict)
    forms = [*functions.values()]
    assert all(form == forms[0] for form in forms)
    return forms[0]
