"""The rows of the table: what was measured, next to its peers and to where it should be."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.results import Results
from bench.samples import Medians, Sample

# Requests that are named where a stranger's are measured.
COSTLIEST = 3


@dataclass(frozen=True)
class Row:
    """One line: what was measured, the figure and where it should be (None: anywhere), the values that made it."""

    measure: str
    figure: float
    target: float | None = None
    at_least: bool = False
    values: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the figure is where it should be."""
        return self.target is None or (self.figure >= self.target if self.at_least else self.figure <= self.target)

    @property
    def cells(self) -> list[str]:
        """Of the table."""
        bound = f"{'≥' if self.at_least else '≤'} {self.target:g}" if self.target is not None else ""
        mark = "" if self.is_reached else " (missed)"
        return [self.measure, f"{self.figure:.2f}", bound + mark, self.values]


def rows(results: Results) -> list[Row]:
    """All of them."""
    return [*_webhooks_and_sends(results), refusals(results.refusals), *_polls(results), *_memory(results)]


def refusals(found: Medians) -> Row:
    """The processor time that a stranger can take at most, with the requests that do."""
    costliest = sorted(found.items(), key=lambda named: named[1].processor, reverse=True)[:COSTLIEST]
    values = "; ".join(f"{name}: {milliseconds(sample.processor)}" for name, sample in costliest)
    most = costliest[0][1].processor * 1000
    return Row("webhook, processor time of a stranger's costliest request, ms", most, 50, values=values)


def _webhooks_and_sends(results: Results) -> list[Row]:
    start, send, warm, verification = results.start, results.send_start, results.warm, results.verification
    return [
        Row("webhook, process start to first answer, to the floor", _ratio(start, "floor"), 1.15, values=_ms(start)),
        Row("the same, to the tutorial", _ratio(start, "tutorial"), 0.5),
        Row("send, process start to first answer", _ratio(send, "tutorial"), 0.5, values=_ms(send)),
        Row(
            "webhook, processor time of a warm event, to the floor",
            _ratio(warm, "floor", _processor),
            1.2,
            values=_ms(warm, _processor),
        ),
        Row("verification alone, 21 parameters", _ratio(verification, "sdk"), 0.3, values=_ms(verification)),
    ]


def _polls(results: Results) -> list[Row]:
    at_once, delayed, backlogs = results.poll, results.delayed_poll, results.backlogs
    per_message = {count: sample.seconds / count for count, sample in backlogs.items()}
    peaks = ", ".join(f"{sample.megabytes:.0f} MB at {count:,}" for count, sample in backlogs.items())
    each = ", ".join(f"{seconds * 1e6:.1f} µs at {count:,}" for count, seconds in per_message.items())
    most = max(sample.megabytes for sample in backlogs.values())
    growth = backlogs[100_000].megabytes / backlogs[10_000].megabytes
    return [
        Row("poll of 10,000, messages a second", 1 / _ratio(at_once, "tutorial"), 3, True, _rates(at_once)),
        Row(
            "the same, 100 ms a page and 20 ms a PutEvents",
            1 / _ratio(delayed, "tutorial"),
            12,
            True,
            _rates(delayed),
        ),
        Row("poll, peak memory at 10,000 and at 100,000 backlog, MB", most, 128, values=peaks),
        Row("the same, of 100,000 to 10,000", growth, 1.1),
        Row("poll, time a message of 100,000 to 1,000", per_message[100_000] / per_message[1_000], 1.2, values=each),
    ]


def _memory(results: Results) -> list[Row]:
    beside = {"webhook": results.warm, "send": results.send, "poll of 10,000": results.poll}
    return [
        *(
            Row(f"{name}, peak memory, to the tutorial", _ratio(found, "tutorial", _mb), values=_peaks(found))
            for name, found in beside.items()
        ),
        Row("layer without bytecode, MB", results.layer_megabytes, 10),
    ]


def _seconds(sample: Sample) -> float:
    return sample.seconds


def _processor(sample: Sample) -> float:
    return sample.processor


def _mb(sample: Sample) -> float:
    return sample.megabytes


def _ratio(values: Medians, other: str, of: Callable[[Sample], float] = _seconds) -> float:
    return of(values["connector"]) / of(values[other])


def _ms(values: Medians, of: Callable[[Sample], float] = _seconds) -> str:
    return ", ".join(f"{name} {milliseconds(of(sample))}" for name, sample in values.items())


def milliseconds(seconds: float) -> str:
    """Three digits, or all of those before the point."""
    found = seconds * 1000
    return f"{found:,.0f} ms" if found >= 100 else f"{found:.3g} ms"


def _peaks(values: Medians) -> str:
    return ", ".join(f"{name} {sample.megabytes:.0f} MB" for name, sample in values.items())


def _rates(values: Medians) -> str:
    return ", ".join(f"{name} {10_000 / sample.seconds:,.0f}/s" for name, sample in values.items())
