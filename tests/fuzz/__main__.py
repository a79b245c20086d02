"""`make fuzz`: each target in turn, for its share of the seconds. Exits with 1 where a promise was broken."""

import argparse
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from local.sam import PROJECT_ROOT
from tests.fuzz.target import NAMES, REGRESSIONS, Target

PLACE = PROJECT_ROOT / ".fuzz"
FINDINGS = PLACE / "findings"
# An input may have so many bytes, take so many seconds on a busy machine, and so many MB.
MOST_BYTES, MOST_SECONDS, MOST_MB = 8_192, 20, 2_048
LEAST_SECONDS = 5
_STATUS = re.compile(r"^#(\d+)\s.*?cov: (\d+) ft: \d+ corp: (\d+)/", re.MULTILINE)
_SAVED = re.compile(r"Test unit written to (\S+)")
_RAISED = re.compile(r"=== Uncaught Python exception: ===\n(.*)")


@dataclass(frozen=True)
class Outcome:
    """What a target came to: *executions*, inputs in its *corpus*, edges *covered*, and what its *finding* *says*."""

    name: str
    executions: int
    corpus: int
    covered: int
    seconds: int
    finding: Path | None = None
    says: str = ""

    def __str__(self) -> str:
        """A line of the table."""
        found = "none" if not self.says else self.says
        return f"{self.name:14} {self.seconds:8} {self.executions:12,} {self.corpus:7,} {self.covered:9,}  {found}"


def main() -> int:
    """Fuzz all targets, or one; or repeat an input."""
    options = _options()
    if options.input:
        [name] = options.only or [None]
        if name is None:
            raise SystemExit("Which target? make fuzz ONLY=name INPUT=file")
        Target.load(name).fuzz_one(Path(options.input).read_bytes())
        print(f"{name}: {options.input} breaks nothing.")
        return 0
    names = options.only or NAMES
    share = max(LEAST_SECONDS, options.seconds // len(names))
    outcomes = []
    for name in names:
        print(f"{name}: {share} seconds ...", flush=True)
        outcomes.append(fuzz(name, share))
        if outcomes[-1].says:
            print(_how_to_repeat(outcomes[-1]), flush=True)
    print(f"\n{'target':14} {'seconds':>8} {'executions':>12} {'corpus':>7} {'coverage':>9}  findings")
    print("\n".join(map(str, outcomes)))
    print(
        f"{sum(each.executions for each in outcomes):,} executions in {sum(each.seconds for each in outcomes)} seconds."
    )
    return 1 if any(each.says for each in outcomes) else 0


def fuzz(name: str, seconds: int) -> Outcome:
    """Fuzz one target for so many *seconds*, from its corpus, its seeds and what once found something."""
    target, corpus, seeds = Target.load(name), PLACE / "corpus" / name, PLACE / "seeds" / name
    for folder in (corpus, seeds, FINDINGS):
        folder.mkdir(parents=True, exist_ok=True)
    for path in seeds.iterdir():
        path.unlink()
    for data in target.seeds():
        (seeds / sha256(data).hexdigest()[:16]).write_bytes(data)
    words = PLACE / f"{name}.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    regressions = [REGRESSIONS / name] if (REGRESSIONS / name).is_dir() else []
    command = [sys.executable, "-m", "tests.fuzz.worker", name, *map(str, (corpus, seeds, *regressions))]
    command += [
        f"-max_total_time={seconds}",
        f"-max_len={MOST_BYTES}",
        f"-timeout={MOST_SECONDS}",
        "-use_value_profile=1",
    ]
    command += [f"-rss_limit_mb={MOST_MB}", f"-dict={words}", f"-artifact_prefix={FINDINGS / name}-"]
    log = PLACE / f"{name}.log"
    began = time.monotonic()
    with log.open("w") as out:
        code = subprocess.run(command, cwd=PROJECT_ROOT, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    return read_log(name, log.read_text(errors="replace"), code, round(time.monotonic() - began))


def read_log(name: str, log: str, code: int, seconds: int) -> Outcome:
    """What libFuzzer printed, who ended with *code* after about so many *seconds*."""
    executions, covered, kept = (int(each) for each in (_STATUS.findall(log) or [(0, 0, 0)])[-1])
    done = re.search(r"Done (\d+) runs in (\d+) second", log)
    if done:
        executions, seconds = int(done[1]), int(done[2])
    total = re.search(r"stat::number_of_executed_units:\s+(\d+)", log)
    saved, raised = _SAVED.search(log), _RAISED.search(log)
    says = "" if code == 0 else raised[1].strip()[:100] if raised else f"ended with {code}: {PLACE.name}/{name}.log"
    return Outcome(
        name, int(total[1]) if total else executions, kept, covered, seconds, Path(saved[1]) if saved else None, says
    )


def _how_to_repeat(outcome: Outcome) -> str:
    said = f"{outcome.name}: {outcome.says}"
    if not outcome.finding:
        return said
    return f"{said}\n  make fuzz ONLY={outcome.name} INPUT={outcome.finding.relative_to(PROJECT_ROOT)}"


def _escaped(word: str) -> str:
    """*word* as libFuzzer's dictionaries have it."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}"
        for byte in word.encode("utf-8", "surrogatepass")
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3_600)
    parser.add_argument("--only", action="append", choices=NAMES)
    parser.add_argument("--input", help="an input to repeat")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
