"""The results as Markdown and as a picture."""

from dataclasses import dataclass
from pathlib import Path

from tests.bench.costs import Costs


@dataclass(frozen=True)
class Ratio:
    """One line: what was measured, the ratio and where it should be, the values that made it."""

    measure: str
    value: float
    target: float
    at_least: bool
    values: str

    @property
    def is_reached(self) -> bool:
        """Whether the ratio is where it should be."""
        return self.value >= self.target if self.at_least else self.value <= self.target


def markdown(ratios: list[Ratio], costs: Costs, machine: str) -> str:
    """The generated part of docs/bench.md."""
    lines = [
        f"Measured on {machine}, medians, all in turn in one run.",
        "",
        "| measure | ratio | target | values |",
        "| --- | --- | --- | --- |",
    ]
    for ratio in ratios:
        bound = f"{'≥' if ratio.at_least else '≤'} {ratio.target:g}"
        mark = "" if ratio.is_reached else " (missed)"
        lines.append(f"| {ratio.measure} | {ratio.value:.2f} | {bound}{mark} | {ratio.values} |")
    lines += [
        "",
        "![Ratios](bench.png)",
        "",
        "| a million of | US dollars |",
        "| --- | --- |",
        f"| webhooks | {costs.webhooks:.2f} |",
        f"| sends, without Twilio's own price | {costs.sends:.2f} |",
        f"| polls that find nothing | {costs.polls:.2f} |",
        f"| polled messages | {costs.polled_messages:.2f} |",
        "",
    ]
    return "\n".join(lines)


def plot(bars: dict[str, dict[str, float]], file: Path) -> None:
    """Draw, for each measure, the connector and its peers in a row of bars; each is a ratio to the connector."""
    import matplotlib as mpl  # type: ignore[import-not-found,unused-ignore]  # only `make bench` installs it

    mpl.use("Agg")
    from matplotlib import pyplot  # type: ignore[import-not-found,unused-ignore]

    figure, axes = pyplot.subplots(1, len(bars), figsize=(3.2 * len(bars), 3), layout="constrained")
    for axis, (measure, values) in zip(axes, bars.items(), strict=True):
        colours = ["#0969da" if name == "connector" else "#8c959f" for name in values]
        drawn = axis.bar(list(values), [value / values["connector"] for value in values.values()], color=colours)
        axis.bar_label(drawn, fmt="%.2f")
        axis.set_title(measure, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=120)
