"""Processes of the bench: the stubs, and functions under Lambda's own runtime client."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from bench.site import Site
from bench.stubs import AWS_SERVICES, CLOSE_PATH, HOST, NO_LATENCIES, USAGE_PATH, Latencies
from local import sam
from local.lambda_process import LambdaProcess
from local.sam import PROJECT_ROOT
from tests.support.template import template

PEERS = Path(__file__).parent / "peers"
# What Lambda has of the connector's layer next to it.
LAYER = "TwilioConnectorLayer"


class Charges(NamedTuple):
    """What has come to the stubs so far: *events* of 64 KB, *writes* and *reads* of DynamoDB, TLS *handshakes*."""

    events: int
    writes: int
    reads: int
    handshakes: int


@dataclass(frozen=True)
class Endpoints:
    """The stubs' *ports*, by service."""

    ports: Mapping[str, int]

    @property
    def variables(self) -> dict[str, str]:
        """What leads a function to them."""
        aws = {f"AWS_ENDPOINT_URL_{name}": self._url(name) for name in AWS_SERVICES}
        queue = self._url("SQS") + "/000000000000/undelivered"
        return {**aws, "TWILIO_API_URL": self._url("TWILIO"), "UNDELIVERED_QUEUE_URL": queue}

    def charges(self) -> Charges:
        """What came until now."""
        return self._control(USAGE_PATH)

    def close_connections(self) -> Charges:
        """Close those that are open, and return what came until then."""
        return self._control(CLOSE_PATH)

    def _control(self, path: str) -> Charges:
        with urlopen(f"http://{HOST}:{self.ports['CONTROL']}{path}") as answer:
            return Charges(*json.load(answer))

    def _url(self, name: str) -> str:
        return f"https://{HOST}:{self.ports[name]}"


@contextmanager
def stubs(certificate: Path, messages: int = 0, latencies: Latencies = NO_LATENCIES) -> Iterator[Endpoints]:
    """The stubs, which present *certificate* and run until the block ends."""
    arguments = [str(certificate), str(messages), *map(str, latencies)]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.stubs", *arguments],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        yield Endpoints(json.loads(process.stdout.readline()))
    finally:
        # They end when their input does.
        process.communicate()


@dataclass(frozen=True)
class Contestant:
    """A function to measure: where it and what it imports lie; *variables* are beyond those of all."""

    name: str
    folder: Path
    packages: Path
    site: Site
    variables: Mapping[str, str] = field(default_factory=dict)

    def start(self, endpoints: Endpoints, memory_mb: int = 256) -> LambdaProcess:
        """A process of it, with Twilio and AWS at *endpoints*."""
        variables = {**ENVIRONMENT, **endpoints.variables, **self.variables}
        site = self.site
        return LambdaProcess(
            self.folder, self.packages, variables, python=site.python, memory_mb=memory_mb, runtime=site.runtime
        )


def connector(name: str, function: str, site: Site, project: Path = PROJECT_ROOT) -> Contestant:
    """The connector's function of that logical ID, as `sam build` makes it of *project*."""
    built = sam.build(project).parent
    return Contestant(name, built / function, built / LAYER / "python", site)


def has_function(function: str, project: Path) -> bool:
    """Whether *project* builds a function of that logical ID."""
    return (sam.build(project).parent / function).is_dir()


def peer(name: str, folder: str, site: Site) -> Contestant:
    """A peer; a floor has no layer."""
    return Contestant(name, PEERS / folder, site.nothing if name == "floor" else site.packages, site)


def _defaults() -> dict[str, str]:
    """What the template's variables are where nobody has set a parameter."""
    parameters = template()["Parameters"]
    found = (each["Properties"].get("Environment", {}) for each in template()["Resources"].values())
    variables = [each["Variables"] for each in (template()["Globals"]["Function"]["Environment"], *found) if each]
    return {
        name: str(parameters[value["Ref"]]["Default"])
        for each in variables
        for name, value in each.items()
        if value.get("Ref") in parameters
    }


_API_URL = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
ENVIRONMENT = {
    **_defaults(),
    "EVENT_BUS_NAME": "bench",
    "STATE_TABLE_NAME": "bench",
    "API_BASE_URL": _API_URL,
    "STATUS_CALLBACK_BASE_URL": _API_URL,
    "POLL_MAX_MESSAGES": "1000000",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "TwilioConnector",
}
