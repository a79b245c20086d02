"""The rows of the table: what was measured, next to where it should be."""

from bench.results import LayerSize, Results
from bench.samples import Medians, Sample
from bench.targets import MEMORY_GROWTH, of_lives, of_polls, of_queue, of_reconciliations
from bench.units import Row, milliseconds

# Requests that are named where a stranger's are measured.
COSTLIEST = 3


def rows(results: Results) -> list[Row]:
    """All of them."""
    return [
        *of_lives(results),
        *of_queue(results.queue),
        *of_polls(results.poll),
        *_backlogs(results.backlogs),
        *of_reconciliations(results.reconciliations, results.poll),
        _verification(results.verification),
        refusals(results.refusals),
        _layer(results.layer),
    ]


def refusals(found: Medians) -> Row:
    """The processor time that a stranger can take at most, with the requests that do."""
    costliest = sorted(found.items(), key=lambda named: named[1].processor, reverse=True)[:COSTLIEST]
    values = "; ".join(f"{name}: {milliseconds(sample.processor)}" for name, sample in costliest)
    most = costliest[0][1].processor * 1000
    return Row("webhook, processor time of a stranger's costliest request, ms", most, 50, values=values)


def _verification(found: Medians) -> Row:
    values = ", ".join(f"{name} {milliseconds(sample.seconds)}" for name, sample in found.items())
    return Row(
        "verification alone, 21 parameters", found["connector"].seconds / found["sdk"].seconds, 0.3, values=values
    )


def _backlogs(backlogs: dict[int, Sample]) -> list[Row]:
    per_message = {count: sample.seconds / count for count, sample in backlogs.items()}
    peaks = ", ".join(f"{sample.megabytes:.0f} MB at {count:,}" for count, sample in backlogs.items())
    each = ", ".join(f"{seconds * 1e6:.1f} µs at {count:,}" for count, seconds in per_message.items())
    most = max(sample.megabytes for sample in backlogs.values())
    growth = backlogs[100_000].megabytes / backlogs[10_000].megabytes
    return [
        Row("poll, peak memory at 10,000 and at 100,000 backlog, MB", most, 128, values=peaks),
        Row("the same, of 100,000 to 10,000", growth, MEMORY_GROWTH),
        Row("poll, time a message of 100,000 to 1,000", per_message[100_000] / per_message[1_000], 1.2, values=each),
    ]


def _layer(size: LayerSize) -> Row:
    values = f"with bytecode {size.with_bytecode:.1f} MB"
    return Row("layer, unzipped, without bytecode, MB", size.without_bytecode, 10, values=values)
