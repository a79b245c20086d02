"""The results as Markdown."""

from collections.abc import Iterable, Mapping

from bench.costs import MILLION, Job
from bench.profiles import Profile
from bench.results import Results
from bench.rows import milliseconds, rows

SIZES_MB = (128, 256, 512, 1024, 1769)
JOBS = {"webhook": "webhook", "send": "send", "poll": "poll of 10,000"}
# The same block stands in README.md and in docs/bench.md.
COSTS, END_OF_COSTS = "<!-- costs: made by `make bench` -->\n", "<!-- end of costs -->\n"


def page(results: Results, machine: str, costs: str) -> str:
    """The generated part of docs/bench.md."""
    parts = [
        f"Measured on {machine}, medians, all in turn in one run.\n",
        _table(["measure", "figure", "target", "values"], (row.cells for row in rows(results))),
        "![Times of the connector and its peers](bench.png)\n",
        "### Costs\n",
        costs,
        "### Memory sizes, computed\n",
        sizes(results.jobs),
        "### Where a webhook's time goes\n",
        "Imports of a cold start, in milliseconds (`python -X importtime`):\n",
        _profile(results.imports),
        "Processor time of a warm event, in milliseconds (`cProfile`):\n",
        _profile(results.profile),
    ]
    return "\n".join(parts)


def costs_block(dollars: Mapping[str, float], month: float) -> str:
    """The costs between their marks: those of a million each, and those of an idle *month*."""
    table = _table(["a million of", "US dollars"], ([name, f"{value:.2f}"] for name, value in dollars.items()))
    return COSTS + table + "\n" + _table(["a month", "US dollars"], [["idle, polling", f"{month:.0f}"]]) + END_OF_COSTS


def with_costs(text: str, block: str) -> str:
    """*text* with *block* in the place of the costs that it has."""
    before, found, rest = text.partition(COSTS)
    _, ended, after = rest.partition(END_OF_COSTS)
    assert found and ended
    return before + block + after


def sizes(jobs: Mapping[str, Job]) -> str:
    """What each size of memory would do; the template's are in bold."""

    def lines() -> Iterable[list[str]]:
        for name, title in JOBS.items():
            for size in SIZES_MB:
                start, warm, dollars = jobs[name].at(size)
                memory = f"**{size}**" if size == jobs[name].memory_mb else str(size)
                yield [title, memory, milliseconds(start), milliseconds(warm), f"{dollars * MILLION:,.2f}"]

    return _table(["function", "MB", "cold start", "warm", "US dollars a million"], lines())


def _profile(found: Profile) -> str:
    names, groups = (list(dict.fromkeys(key[at] for key in found)) for at in (0, 1))
    lines = {group: [found[name, group].seconds * 1000 for name in names] for group in groups}
    lines["together"] = [sum(column) for column in zip(*lines.values(), strict=True)]
    return _table(["", *names], ([group, *(f"{value:.2f}" for value in values)] for group, values in lines.items()))


def _table(columns: list[str], lines: Iterable[list[str]]) -> str:
    rule = ["---"] * len(columns)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (columns, rule, *lines))
