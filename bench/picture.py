"""The picture: the connector next to its peers."""

from collections.abc import Mapping
from pathlib import Path

from bench.results import Results, memory_mb
from bench.targets import cold
from bench.tasks import CONNECTOR, SEND_TASK, WEBHOOK_TASK, Task

BLUE, GREY = "#0969da", "#8c959f"


def bars(results: Results) -> dict[str, dict[str, float]]:
    """Times relative to the connector's, by measure."""
    measures = {
        "webhook, cold start": _cold(results, WEBHOOK_TASK),
        "webhook, warm": {name: life.warm for name, life in results.lives[WEBHOOK_TASK.title].items()},
        "send, cold start": _cold(results, SEND_TASK),
        "queue, ten sends": {name: sample.seconds for name, sample in results.queue.items()},
        "poll of 10,000": {name: sample.seconds for name, sample in results.poll.items()},
    }
    return {
        measure: {name: value / values[CONNECTOR] for name, value in values.items()}
        for measure, values in measures.items()
    }


def _cold(results: Results, task: Task) -> dict[str, float]:
    size = memory_mb(task.function)
    return {name: cold(life, size) for name, life in results.lives[task.title].items()}


def plot(measures: Mapping[str, Mapping[str, float]], file: Path) -> None:
    """Draw a row of bars for each measure, on a ground of its own: pages may be dark."""
    import matplotlib as mpl  # type: ignore[import-not-found,unused-ignore]  # only `make bench` installs it

    mpl.use("Agg")
    from matplotlib import pyplot  # type: ignore[import-not-found,unused-ignore]

    shares = [len(values) for values in measures.values()]
    figure, axes = pyplot.subplots(1, len(measures), figsize=(13, 3.2), layout="constrained", width_ratios=shares)
    for axis, (measure, values) in zip(axes, measures.items(), strict=True):
        colours = [BLUE if name == CONNECTOR else GREY for name in values]
        axis.bar_label(axis.bar(list(values), list(values.values()), color=colours), fmt="%.2f", padding=2)
        axis.set_title(measure, fontsize=10, pad=12)
        axis.set_yticks([])
        axis.tick_params(bottom=False)
        axis.spines[["top", "right", "left"]].set_visible(False)
    figure.supxlabel("Time, the connector's = 1: lower is faster. Each measure has a scale of its own.", fontsize=9)
    figure.savefig(file, dpi=130, facecolor="white")
