"""Where a webhook's time goes, package by package: what shows why a target is missed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from bench.inputs import WEBHOOK
from bench.measuring import invoke
from bench.running import Contestant, stubs
from bench.samples import Sample, medians

PROFILED = Path(__file__).parent / "profiled"
ROUNDS, EVENTS = 3, 100

_PACKAGES = {
    "the function itself": ("app", "twilio_connector"),
    "Powertools": ("aws_lambda_powertools", "typing_extensions"),
    "Twilio's SDK": ("twilio", "requests", "aiohttp", "jwt"),
    "AWS's SDK": ("boto3", "botocore", "s3transfer", "urllib3", "jmespath", "dateutil"),
}
_GROUPS = {package: group for group, packages in _PACKAGES.items() for package in packages}
REST = "Python, Lambda's client"
# https://docs.python.org/3/using/cmdline.html#envvar-PYTHONPROFILEIMPORTTIME
_IMPORT = re.compile(r"^import time: +(?P<microseconds>\d+) \| +\d+ \| +(?P<module>\S+)$", re.MULTILINE)

Profile = dict[tuple[str, str], Sample]


def imports(contestants: Sequence[Contestant]) -> Profile:
    """Seconds that a start spends on the imports of each group of packages, by contestant and group."""

    def each() -> Iterator[tuple[tuple[str, str], Sample]]:
        for _ in range(ROUNDS):
            for one in contestants:
                told = replace(one, variables={"PYTHONPROFILEIMPORTTIME": "1"})
                with stubs(one.site.certificate) as endpoints, told.start(endpoints) as process:
                    invoke(process, WEBHOOK)
                    found = _IMPORT.finditer(process.log)
                yield from _summed(
                    one, ((each["module"].split("."), int(each["microseconds"]) / 1e6) for each in found)
                )

    return medians(each())


def warm_event(contestants: Sequence[Contestant]) -> Profile:
    """Seconds of processor time that a warm event spends in each group of packages, by contestant and group."""

    def each() -> Iterator[tuple[tuple[str, str], Sample]]:
        for _ in range(ROUNDS):
            for one in contestants:
                wrapped = replace(one, folder=PROFILED, variables={"FUNCTION_FOLDER": str(one.folder)})
                with stubs(one.site.certificate) as endpoints, wrapped.start(endpoints) as process:
                    for _ in range(EVENTS):
                        invoke(process, WEBHOOK)
                    files = process.invoke("profile").payload
                yield from _summed(one, ((PurePath(file).with_suffix("").parts, time / EVENTS) for file, time in files))

    return medians(each())


def _summed(
    contestant: Contestant, times: Iterator[tuple[Sequence[str], float]]
) -> Iterator[tuple[tuple[str, str], Sample]]:
    sums = dict.fromkeys([*_PACKAGES, REST], 0.0)
    for parts, seconds in times:
        sums[next((_GROUPS[part] for part in parts if part in _GROUPS), REST)] += seconds
    for group, seconds in sums.items():
        yield (contestant.name, group), Sample(seconds)
