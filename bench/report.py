"""The results as Markdown."""

from collections.abc import Callable, Iterable, Mapping

from bench.columns import Columns
from bench.costs import MILLION
from bench.memory import SIZES_MB, Job, cheapest
from bench.profiles import Profile
from bench.results import Results
from bench.rows import rows
from bench.tasks import TASKS, Task, limits_of
from bench.units import milliseconds

# The same block is in README.md and in docs/bench.md.
COSTS, END_OF_COSTS = "<!-- costs: made by `make bench` -->\n", "<!-- end of costs -->\n"


def page(results: Results, run: str, costs: str) -> str:
    """The generated part of docs/bench.md; *run* says where and how often it was measured, and next to what."""
    found = rows(results)
    missed = sum(not row.is_reached for row in found)
    parts = [
        f"{run}\n",
        "### Processor time and memory\n",
        lives(results.lives),
        "### Targets\n",
        f"{missed or 'None'} of {sum(row.target is not None for row in found)} missed.\n",
        _table(["measure", "figure", "target", "values"], (row.cells for row in found)),
        "![Times of the connector and its peers](bench.png)\n",
        "### Costs\n",
        costs,
        "### Memory sizes, computed\n",
        sizes(results.jobs),
        "### Where a webhook's time goes\n",
        "Imports of a start, in milliseconds (`python -X importtime`):\n",
        _profile(results.imports),
        "Processor time of a warm event, in milliseconds (`cProfile`):\n",
        _profile(results.profile),
    ]
    return "\n".join(parts)


def lives(found: Mapping[str, Mapping[str, Columns]]) -> str:
    """Processes of each contestant, task by task."""

    def lines() -> Iterable[list[str]]:
        for title, by_name in found.items():
            for number, (name, life) in enumerate(by_name.items()):
                times = (f"{seconds * 1000:.1f}" for seconds in life[:-1])
                yield [title if not number else "", name, *times, f"{life.megabytes:.0f}"]

    columns = ["ms", "", "INIT", "first", "second", "warm", "after closed connections", "peak MB"]
    return _table(columns, lines())


def costs_block(dollars: Mapping[str, float]) -> str:
    """The costs of a million each, between their marks."""
    table = _table(["a million of", "US dollars"], ([name, f"{value:.2f}"] for name, value in dollars.items()))
    return COSTS + table + END_OF_COSTS


def with_costs(text: str, block: str) -> str:
    """*text* with *block* in the place of the costs that it has."""
    before, found, rest = text.partition(COSTS)
    _, ended, after = rest.partition(END_OF_COSTS)
    assert found and ended
    return before + block + after


def sizes(jobs: Mapping[str, Job]) -> str:
    """What each size of memory would do; the template's are in bold, and the rule's are at the end."""
    by_title = {title: job for title, job in jobs.items() if title != "quiet poll"}
    of_all: dict[str, Callable[[Job, int], str]] = {
        "Cold start": lambda job, size: milliseconds(job.start(size)),
        "Warm event": lambda job, size: milliseconds(job.event(size)),
        "US dollars for a million warm events": lambda job, size: f"{job.dollars(size) * MILLION:,.2f}",
        "US dollars for a million cold starts": lambda job, size: f"{job.start_dollars(size) * MILLION:,.2f}",
    }
    tables = [f"{title}:\n\n{_by_size(by_title, cell)}" for title, cell in of_all.items()]
    return "\n".join([*tables, f"By the rule:\n\n{_choice(jobs)}"])


def _by_size(jobs: Mapping[str, Job], cell: Callable[[Job, int], str]) -> str:
    def cells(job: Job) -> list[str]:
        return [f"**{cell(job, size)}**" if size == job.memory_mb else cell(job, size) for size in SIZES_MB]

    return _table(["MB", *map(str, SIZES_MB)], ([title, *cells(job)] for title, job in jobs.items()))


def _choice(jobs: Mapping[str, Job]) -> str:
    columns = ["function", "limits: of a cold start, of an event", "MB by the rule", "MB of the template"]
    return _table(columns, (_chosen(task, jobs) for task in TASKS if task.title in jobs))


def _chosen(task: Task, jobs: Mapping[str, Job]) -> list[str]:
    limits = limits_of(task)
    size = cheapest([(jobs[title], each) for title, each in limits.items()])
    told = "; ".join(f"{title}: {' and '.join(map(milliseconds, each))}" for title, each in limits.items())
    return [task.title, told, str(size) if size else "none does", str(jobs[task.title].memory_mb)]


def _profile(found: Profile) -> str:
    names, groups = (list(dict.fromkeys(key[at] for key in found)) for at in (0, 1))
    lines = {group: [found[name, group].seconds * 1000 for name in names] for group in groups}
    lines["together"] = [sum(column) for column in zip(*lines.values(), strict=True)]
    return _table(["", *names], ([group, *(f"{value:.2f}" for value in values)] for group, values in lines.items()))


def _table(columns: list[str], lines: Iterable[list[str]]) -> str:
    rule = ["---"] * len(columns)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (columns, rule, *lines))
