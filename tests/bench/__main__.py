"""`make bench`: measures, and writes docs/bench.md and docs/bench.png.

`python -m tests.bench [--python PYTHON] [--quick]`: PYTHON runs the functions; 3.13 is what Lambda does.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import measuring
from tests.bench.costs import costs
from tests.bench.report import Ratio, markdown, plot
from tests.bench.running import install_peers_packages, ours, peer
from tests.local.sam import PROJECT_ROOT, build
from tests.template import template

PAGE = PROJECT_ROOT / "docs" / "bench.md"
GENERATED = "<!-- made by `make bench` -->\n"


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--quick", action="store_true", help="a few rounds, nothing written")
    arguments = parser.parse_args()
    version = subprocess.run(
        [arguments.python, "-c", "import platform; print(platform.python_version())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    if not version.startswith("3.13"):
        print(f"Python {version} runs the functions; Lambda's is 3.13, and only it reads the layer's bytecode.")
    os.environ["BYTECODE_PYTHON"] = arguments.python
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        page, bars = measure(arguments.python, Path(folder), 2 if arguments.quick else 11, version)
    print(page)
    if not arguments.quick:
        head, _, _ = PAGE.read_text().partition(GENERATED)
        PAGE.write_text(head + GENERATED + "\n" + page)
        plot(bars, PAGE.with_suffix(".png"))


def measure(python: str, folder: Path, rounds: int, version: str) -> tuple[str, dict[str, dict[str, float]]]:
    """The page's text, and what its picture shows."""
    packages = install_peers_packages(folder / "packages", python)
    (folder / "nothing").mkdir()
    floor = peer("floor", "webhook_floor", folder / "nothing", python)
    webhook, tutorial = ours("WebhookFunction", python), peer("tutorial", "webhook_tutorial", packages, python)
    send, send_sdk = ours("SendSmsFunction", python), peer("tutorial", "send_sdk", packages, python)
    poll, poll_sdk = ours("PollFunction", python), peer("tutorial", "poll_sdk", packages, python)

    cold = measuring.cold_starts([floor, webhook, tutorial], measuring.WEBHOOK, rounds)
    cold_send = measuring.cold_starts([send, send_sdk], measuring.SEND, rounds)
    warm = measuring.processor_times([floor, webhook, tutorial], measuring.WEBHOOK, rounds, 500)
    warm_send = measuring.processor_times([send], measuring.SEND, rounds, 200)
    verification = measuring.verifications(rounds)
    at_once = measuring.polls([poll, poll_sdk], 10_000, max(1, rounds // 3), (0, 0))
    delayed = measuring.polls([poll, poll_sdk], 10_000, max(1, rounds // 5), (0.1, 0.02))
    quiet = measuring.polls([poll], 1, rounds, (0, 0))
    backlog = {count: measuring.poll_once(poll, count) for count in (1_000, 10_000, 100_000)}
    megabytes = layer_megabytes()

    def ms(values: dict[str, float]) -> str:
        return ", ".join(f"{name} {value * 1000:.3g} ms" for name, value in values.items())

    def rate(values: dict[str, float]) -> str:
        return ", ".join(f"{name} {value:,.0f}/s" for name, value in values.items())

    peaks = ", ".join(f"{peak:.0f} MB at {count:,}" for count, (peak, _) in backlog.items())
    each = ", ".join(f"{seconds * 1e6:.1f} µs at {count:,}" for count, (_, seconds) in backlog.items())
    ratios = [
        Ratio("webhook, process start to first answer, to the floor", *_ratio(cold, "floor"), 1.15, False, ms(cold)),
        Ratio("the same, to the tutorial", *_ratio(cold, "tutorial"), 0.5, False, ""),
        Ratio("send, process start to first answer", *_ratio(cold_send, "tutorial"), 0.5, False, ms(cold_send)),
        Ratio("webhook, processor time of a warm event, to the floor", *_ratio(warm, "floor"), 1.2, False, ms(warm)),
        Ratio("verification alone, 21 parameters", *_ratio(verification, "sdk"), 0.3, False, ms(verification)),
        Ratio("poll of 10,000, messages a second", *_ratio(at_once, "tutorial"), 3, True, rate(at_once)),
        Ratio("the same, 100 ms a page and 20 ms a PutEvents", *_ratio(delayed, "tutorial"), 12, True, rate(delayed)),
        Ratio("poll, peak memory of 100,000 to 10,000", backlog[100_000][0] / backlog[10_000][0], 1.1, False, peaks),
        Ratio("poll, time a message of 100,000 to 1,000", backlog[100_000][1] / backlog[1_000][1], 1.2, False, each),
        Ratio("layer without bytecode, MB", megabytes, 10, False, ""),
    ]
    memory = {name: memory_mb(name) for name in ("WebhookFunction", "SendSmsFunction", "PollFunction")}
    dollars = costs(
        # Lambda bills the wall clock: some milliseconds of AWS's and Twilio's answers on top of the processor's.
        webhook=warm["connector"] + 0.010,
        send=warm_send["connector"] + 0.150,
        quiet_poll=1 / quiet["connector"] + 0.150,
        polled_message=backlog[100_000][1] + 0.1 / 1000,
        memory_mb=memory,
    )
    bars = {"webhook, cold start": cold, "send, cold start": cold_send, "webhook, warm": warm}
    machine = f"{platform.system()} {platform.machine()} with {os.cpu_count()} processors, Python {version}"
    return markdown(ratios, dollars, machine), bars


def _ratio(values: dict[str, float], other: str) -> tuple[float]:
    return (values["connector"] / values[other],)


def layer_megabytes() -> float:
    """The layer's size, unzipped and without bytecode."""
    folder = build().parent / "TwilioConnectorLayer"
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc") / 2**20


def memory_mb(function: str) -> int:
    """The memory that the template gives a function."""
    document = template()
    own: int | None = document["Resources"][function]["Properties"].get("MemorySize")
    return own or int(document["Globals"]["Function"]["MemorySize"])


if __name__ == "__main__":
    main()
