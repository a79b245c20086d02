"""All that one run measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import measuring, polls, profiles, usage
from bench.costs import POLLED, Job
from bench.inputs import SEND, WEBHOOK, poll_event
from bench.running import Contestant, install_peers_packages, ours, peer
from bench.samples import Medians, Sample
from local.sam import build
from tests.support.template import template

# Of a page of Twilio's list, and of a call of PutEvents.
LATENCIES = (0.1, 0.02)
BACKLOGS = (1_000, 10_000, 100_000)
# Seconds that AWS's and Twilio's answers take, estimated: an event; three calls of DynamoDB and one of Twilio; four and
# one; a poll's are measured.
WEBHOOK_WAITING, SEND_WAITING, QUIET_POLL_WAITING = 0.010, 0.165, 0.170


@dataclass(frozen=True)
class Results:
    """Medians by contestant, *refusals* by request; starts are cold, *warm*, *send* and *refusals* are warm events."""

    start: Medians
    send_start: Medians
    poll_start: Medians
    warm: Medians
    send: Medians
    verification: Medians
    refusals: Medians
    poll: Medians
    delayed_poll: Medians
    quiet_poll: Medians
    backlogs: dict[int, Sample]
    usages: dict[str, usage.Usage]
    imports: profiles.Profile
    profile: profiles.Profile
    layer_megabytes: float

    @property
    def jobs(self) -> dict[str, Job]:
        """The connector's."""
        webhook, send, poll = (memory_mb(f"{name}Function") for name in ("Webhook", "SendSms", "Poll"))
        start = self.poll_start["connector"]
        waiting = max(0.0, self.delayed_poll["connector"].seconds - self.poll["connector"].processor)
        return {
            "webhook": Job(webhook, self.start["connector"], self.warm["connector"], WEBHOOK_WAITING),
            "send": Job(send, self.send_start["connector"], self.send["connector"], SEND_WAITING),
            "poll": Job(poll, start, self.poll["connector"], waiting),
            "quiet poll": Job(poll, start, self.quiet_poll["connector"], QUIET_POLL_WAITING),
        }


def measure(python: str, folder: Path, rounds: int) -> Results:
    """Everything; what takes long in three rounds at most."""
    packages = install_peers_packages(folder / "packages", python)
    (folder / "nothing").mkdir()
    webhooks: Sequence[Contestant] = [
        peer("floor", "webhook_floor", folder / "nothing", python),
        ours("WebhookFunction", python),
        peer("tutorial", "webhook_tutorial", packages, python),
    ]
    sends = [ours("SendSmsFunction", python), peer("tutorial", "send_sdk", packages, python)]
    pollers = [ours("PollFunction", python), peer("tutorial", "poll_sdk", packages, python)]
    few = min(rounds, 3)
    return Results(
        start=measuring.cold_starts(webhooks, WEBHOOK, rounds),
        send_start=measuring.cold_starts(sends, SEND, rounds),
        poll_start=measuring.cold_starts(pollers, poll_event(0), rounds),
        warm=measuring.warm_events(webhooks, WEBHOOK, rounds, 500),
        send=measuring.warm_events(sends, SEND, rounds, 200),
        verification=measuring.verifications(rounds),
        refusals=measuring.refusals(webhooks[1], few, 10),
        poll=polls.polls(pollers, POLLED, few, (0, 0)),
        delayed_poll=polls.polls(pollers, POLLED, few, LATENCIES),
        quiet_poll=polls.quiet_polls(pollers[0], rounds),
        backlogs=polls.backlogs(pollers[0], BACKLOGS, few),
        usages={
            "webhook": usage.of_event(webhooks[1], WEBHOOK),
            "send": usage.of_event(sends[0], SEND),
            "quiet poll": usage.of_quiet_poll(pollers[0]),
            "polled message": usage.of_polled_message(pollers[0]),
        },
        imports=profiles.imports(webhooks),
        profile=profiles.warm_event(webhooks),
        layer_megabytes=layer_megabytes(),
    )


def layer_megabytes() -> float:
    """The layer's size, unzipped and without bytecode."""
    folder = build().parent / "TwilioConnectorLayer"
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc") / 2**20


def memory_mb(function: str) -> int:
    """The memory that the template gives a function."""
    document = template()
    own: int | None = document["Resources"][function]["Properties"].get("MemorySize")
    return own or int(document["Globals"]["Function"]["MemorySize"])
