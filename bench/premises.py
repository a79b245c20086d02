"""What docs/scale.md is computed from: what `make bench` measured and the template says. It measures nothing."""

import json
import re

from bench.bounds import CALLBACKS, DIRECT, PAGE_SECONDS, POLL, QUEUE, WEBHOOK, Figures, Settings
from bench.costs import MILLION
from bench.memory import PROCESSOR_MB
from bench.month import Charge, charges
from bench.report import COSTS, END_OF_COSTS
from bench.results import memory_mb
from local.sam import PROJECT_ROOT
from tests.support.template import expanded, template
from twilio_connector.listing.budget import MIN_PAGE_SECONDS, QUIET_SECONDS

DOCS = PROJECT_ROOT / "docs"
# Calls of DynamoDB that a send waits for.
SEND_CALLS = 3
_UNITS = {"minute": 60, "hour": 3600, "day": 24 * 3600}


def figures(page_seconds: float = PAGE_SECONDS) -> Figures:
    """Those of docs/bench.json, at the template's memory, with pages that Twilio takes *page_seconds* for."""
    measured = json.loads((DOCS / "bench.json").read_text())
    waits = {name: milliseconds / 1000 for name, milliseconds in measured["latenciesMs"].items()}

    def processor(function: str, milliseconds: float) -> float:
        return milliseconds / 1000 / min(1.0, memory_mb(function) / PROCESSOR_MB)

    def warm(function: str) -> float:
        return processor(function, measured["functions"][function]["processorMs"]["warm"])

    queue, poll = measured["queue"], measured["poll"]
    waiting = 1 / queue["sendsPerSecond"] - queue["processorMsPerSend"] / 1000
    # Its pages and, as it looks at the list once more from its top, one.
    pages = poll["messages"] / 1000 + 1
    polling = poll["messages"] / poll["messagesPerSecond"] - poll["processorMs"] / 1000
    polling += pages * (page_seconds - waits["twilio"])
    return Figures(
        webhook=warm("WebhookFunction") + waits["putEvents"],
        send=warm("SendSmsFunction") + SEND_CALLS * waits["dynamodb"] + waits["twilio"],
        queued_send=processor("SendSmsFunction", queue["processorMsPerSend"]) + waiting,
        polled=(processor("PollFunction", poll["processorMs"]) + polling) / poll["messages"],
        at_twilio=waits["twilio"],
    )


def memory() -> dict[str, tuple[int, int]]:
    """Megabytes that the functions of webhooks and sends take at most, as measured, and have."""
    measured = json.loads((DOCS / "bench.json").read_text())["functions"]
    return {name: (round(measured[name]["peakMb"]), memory_mb(name)) for name in ("WebhookFunction", "SendSmsFunction")}


def settings() -> Settings:
    """Those of the template."""
    parameters, resources = template()["Parameters"], template()["Resources"]
    redelivery = resources["UndeliveredQueueMapping"]["Properties"]

    def of(name: str) -> tuple[int, int]:
        return parameters[name]["Default"], parameters[name]["MaxValue"]

    return Settings(
        rate_limit=of("WebhookRateLimit"),
        queue_concurrency=of("SendQueueConcurrency"),
        poll_max=of("PollMaxMessages"),
        interval=seconds_of(parameters["PollSchedule"]["Default"]),
        overlap=parameters["PollOverlapSeconds"]["Default"],
        reading=resources["PollFunction"]["Properties"]["Timeout"] - MIN_PAGE_SECONDS - QUIET_SECONDS,
        redelivered=redelivery["BatchSize"] * redelivery["ScalingConfig"]["MaximumConcurrency"],
    )


def seconds_of(schedule: str) -> float:
    """Between two polls of a *schedule* like ``rate(5 minutes)``."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule)
    assert found, schedule
    return int(found[1]) * _UNITS[found[2]]


def of_a_million(page: str) -> dict[str, float]:
    """The costs on *page*, the text of docs/bench.md, by their names."""
    block = page.partition(COSTS)[2].partition(END_OF_COSTS)[0]
    return {name: float(cost) for name, cost in re.findall(r"^\| (.+?) \| ([\d.]+) \|$", block, re.MULTILINE)}


def idle() -> list[Charge]:
    """What the stack costs in a month in which nothing happens, with polls at the price in docs/bench.md."""
    quiet = of_a_million((DOCS / "bench.md").read_text())["polls that find nothing"]
    return list(charges(expanded(), quiet))


def dollars(page: str) -> dict[str, float]:
    """What a message of each way costs of AWS, by the costs on *page*, the text of docs/bench.md."""
    million = of_a_million(page)
    callbacks = CALLBACKS * million["webhooks"]
    costs = {
        WEBHOOK: million["webhooks"],
        POLL: million["polled messages, a thousand a poll"],
        DIRECT: million["sends"] + callbacks,
        QUEUE: million["sends through the queue"] + callbacks,
    }
    return {way: cost / MILLION for way, cost in costs.items()}
