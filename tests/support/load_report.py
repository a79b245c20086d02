"""What a load test reports at its end."""

import os
from collections.abc import Mapping

from tests.support.deployed_load import POLLED, Arrivals, DeployedLoad
from tests.support.load_verdict import Deliveries, Verdict


def longest_kept(deliveries: Deliveries, arrivals: Arrivals) -> float:
    """The most seconds between the acknowledgement of a text and its event."""
    published = arrivals.first["Message Received"]
    acknowledged = deliveries.acknowledged
    return max(published[each] - acknowledged[each] for each in published.keys() & acknowledged.keys())


def report(
    load: DeployedLoad,
    deliveries: Deliveries,
    arrivals: Arrivals,
    verdicts: Mapping[str, Verdict],
    processors: Mapping[str, float],
    rested_after: float,
) -> str:
    """Counts, rates offered and reached, the longest waits, answers by status, and processor time."""
    lines = ["", "Offered, of that acknowledged or published, reached a second, and the longest wait for it:"]
    beginning = min(load.webhooks.values())
    outcomes = {
        "webhooks": (load.webhooks, deliveries.acknowledged),
        "sends": (load.sends, arrivals.first["Message Sent"]),
        "added": (load.added, arrivals.first[POLLED]),
    }
    for name, (due, done) in outcomes.items():
        offered, waits = load.offered[name], [done[each] - due[each] for each in due if each in done]
        over = max((done[each] for each in due if each in done), default=beginning) - beginning
        lines.append(
            f"  {name:9} {offered.count:5} at {offered.a_second:4.1f} a second (at most {offered.latest:.1f} s late); "
            f"{len(waits):5}, {len(waits) / max(over, 1):4.1f} a second, {max(waits, default=0):5.1f} s"
        )
    statuses, polls = [each for each in deliveries.attempts if ":" in each], load.offered["polls"]
    lines += [
        f"  and {len(statuses)} status callbacks of the sends; "
        f"polls (at most {polls.latest:.1f} s late): {_counts(load.polls)}",
        f"Answers to {len(deliveries.all)} webhook requests: {_counts(deliveries.answers)}; "
        f"given up by Twilio: {len(deliveries.given_up)}",
        f"The longest that an acknowledged text was not on the bus: {longest_kept(deliveries, arrivals):.1f} s",
        f"The queues were empty, and nothing was left to poll, {rested_after:.0f} s after the end",
        f"Lost: {sum(len(one.lost) for one in verdicts.values())}; doubled: "
        f"{sum(len(one.doubled) for one in verdicts.values())}; the local AWS stood still {len(load.stalls)} times, "
        f"for {max(load.stalls, default=0):.1f} s at most",
        f"Processor time of {os.cpu_count()} processors: {_shares(processors, over=load.offered['webhooks'].seconds)}",
    ]
    return "\n".join(lines)


def _counts(counted: Mapping[str, int] | Mapping[int | None, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counted.items(), key=str))


def _shares(processors: Mapping[str, float], over: float) -> str:
    return ", ".join(f"{name} {seconds:.0f} s ({seconds / over:.2f})" for name, seconds in processors.items())
