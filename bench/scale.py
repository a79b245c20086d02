"""`make scale`: computes the tables of docs/scale.md again, from what `make bench` measured and from bench/quotas.py.

`python -m bench.scale`. It measures nothing, and takes a second.
"""

from collections.abc import Iterable, Mapping, Sequence

from bench.bounds import (
    CALLBACKS,
    DIRECT,
    HEADROOM,
    PAGE_SECONDS,
    POLL,
    QUEUE,
    SENDERS,
    WEBHOOK,
    Figures,
    Part,
    Settings,
    in_order,
    ways,
)
from bench.costs import MILLION
from bench.month import Charge
from bench.premises import DOCS, dollars, figures, idle, memory, settings
from bench.quotas import ELSEWHERE, READ, Quotas, sources

PAGE = DOCS / "scale.md"
RATES = (1, 100, 10_000)
LATENCIES = (0.1, 0.3, 1.0, 3.0)
DAY, MONTH = 24 * 3600, 30 * 24 * 3600


def tables() -> dict[str, str]:
    """Each generated part of the page, by the name in its marks."""
    measured, chosen = figures(), settings()
    parts, cost = ways(measured, chosen, Quotas()), dollars((DOCS / "bench.md").read_text())
    found = {f"at {rate}": _rate(rate, parts, cost, measured) for rate in RATES}
    found["figures"] = _figures(measured, chosen)
    found["bounds"] = _bounds(parts)
    found["latencies"] = _latencies(chosen)
    found["elsewhere"] = _elsewhere(measured, chosen)
    found["idle"] = _idle(idle())
    found["quotas"] = f"Read on {READ}, in copies that may be older.\n\n" + table(
        ["what", "how much", "can be raised"],
        ([source.what, f"[{source.much}]({source.page})", source.raised] for source in sources()),
    )
    return found


def _rate(rate: float, parts: Mapping[str, Sequence[Part]], cost: Mapping[str, float], measured: Figures) -> str:
    def row(way: str) -> list[str]:
        least, then = in_order(parts[way])[:2]
        bounds = [cell for part in (least, then) for cell in (part.name, number(part.takes))]
        return [way, *bounds, *(f"{cost[way] * rate * span:,.2f}" for span in (DAY, MONTH))]

    columns = ["way", "bounds first", "at, a second", "then", "at", "dollars a day", "a month"]
    inbound, callbacks, sends, at_twilio = (
        number(rate * each)
        for each in (measured.webhook, CALLBACKS * measured.webhook, measured.send, measured.at_twilio)
    )
    at_work = (
        f"On average at work: {inbound} executions for inbound webhooks, {sends} for sends, {callbacks} for their "
        f"callbacks; {at_twilio} requests to send at Twilio."
    )
    return f"{table(columns, map(row, parts))}\n{at_work}\n\n{_changes(rate, parts)}"


def _changes(rate: float, parts: Mapping[str, Sequence[Part]]) -> str:
    """What *rate* needs more of than there is, by part and way."""
    needs: dict[str, dict[str, str]] = {}
    for way, those in parts.items():
        for part in those:
            if part.is_short(rate):
                needed, most = part.needed(rate), f", but {part.most:,.0f} is the most"
                needs.setdefault(part.name, {})[way] = f"{needed:,}{most if needed > part.most else ''}"
    columns = [f"needed, to be used by {HEADROOM:.0%}", *parts]
    return table(columns, ([name, *(by_way.get(way, "") for way in parts)] for name, by_way in needs.items()))


def _figures(measured: Figures, chosen: Settings) -> str:
    rows = [
        ["a webhook", milliseconds(measured.webhook)],
        ["a direct send", milliseconds(measured.send)],
        ["a send of the queue", milliseconds(measured.queued_send)],
        [f"1,000 polled messages, {PAGE_SECONDS:g} s a page", milliseconds(1000 * measured.polled)],
        ["a poll for its pages, at most", f"{chosen.reading:g} s of every {chosen.interval:g} s"],
        ["what a poll looks at", f"{chosen.interval:g} s, and {chosen.overlap:g} s again"],
        *([f"memory of `{name}`", f"{most:,} of {has:,} MB"] for name, (most, has) in memory().items()),
        [
            "redelivery, if a batch takes as long as a webhook",
            f"{chosen.redelivered / measured.webhook:,.0f} events a second",
        ],
    ]
    return table(["warm, at the template's memory", "takes"], rows)


def _bounds(parts: Mapping[str, Sequence[Part]]) -> str:
    names = dict.fromkeys(part.name for those in parts.values() for part in those)
    takes = {way: {part.name: number(part.takes) for part in those} for way, those in parts.items()}
    return table(["part", *parts], ([name, *(takes[way].get(name, "") for way in parts)] for name in names))


def _latencies(chosen: Settings) -> str:
    def row(latency: float) -> list[str]:
        cursor = ways(figures(latency), chosen, Quotas())[POLL][1]
        return [f"{latency:g} s", number(cursor.takes), *(f"{cursor.needed(rate):,}" for rate in RATES)]

    columns = ["Twilio's page of 1,000", "a cursor takes", *(f"cursors for {rate:,} a second" for rate in RATES)]
    return table(columns, map(row, LATENCIES))


def _elsewhere(measured: Figures, chosen: Settings) -> str:
    def row(where: str, quotas: Quotas) -> list[str]:
        found = ways(measured, chosen, quotas)
        least = (in_order(filter(_is_the_accounts, found[way]))[0] for way in (WEBHOOK, DIRECT, QUEUE))
        return [where, *(f"{number(part.takes)}: {part.name}" for part in least)]

    return table(["where", WEBHOOK, DIRECT, QUEUE], (row(*each) for each in ELSEWHERE.items()))


def _idle(found: Sequence[Charge]) -> str:
    def price(each: Charge) -> str:
        return f"{each.dollars:.2f}" if each.dollars >= 0.01 else f"{each.dollars * MILLION:.2f} a million"

    rows = [[each.what, f"{each.count:,}", f"[{price(each)}]({each.page})", f"{each.month:.2f}"] for each in found]
    unpolled = sum(each.month for each in found if not each.polling)
    rows.append(["**together**", "", "", f"**{sum(each.month for each in found):.2f}**"])
    rows.append(["with `PollEnabled=false`", "", "", f"{unpolled:.2f}"])
    return table(["what", "how many", "US dollars each", "a month"], rows)


def _is_the_accounts(part: Part) -> bool:
    """Whether it is AWS's quota: neither a parameter nor a sender of Twilio's."""
    return part.name != SENDERS and not part.name.startswith("`")


def number(value: float) -> str:
    """For a cell: with a fraction where it is small."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}" if value >= 1 else f"{value:.2g}"


def milliseconds(seconds: float) -> str:
    """For a cell."""
    return f"{seconds * 1000:,.0f} ms"


def table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Of Markdown."""
    rule = ["---"] * len(columns)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (columns, rule, *lines))


def written(page: str, parts: Mapping[str, str]) -> str:
    """*page* with each of *parts* between its marks."""
    for name, text in parts.items():
        begin, end = f"<!-- {name}: made by `make scale` -->\n", f"<!-- end of {name} -->"
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(end)
        assert found and ended, name
        page = before + begin + text + end + after
    return page


def main() -> None:
    """Write the page."""
    PAGE.write_text(written(PAGE.read_text(), tables()))


if __name__ == "__main__":
    main()
