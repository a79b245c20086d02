"""Processes of the bench: the stubs, and functions under Lambda's own runtime client."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local import sam
from local.lambda_process import LambdaProcess
from local.sam import PROJECT_ROOT

PEERS = Path(__file__).parent / "peers"


@contextmanager
def stubs(messages: int = 0, page_latency: float = 0, put_events_latency: float = 0) -> Iterator[str]:
    """The URL of the stubs, which run until the block ends."""
    arguments = [str(messages), str(page_latency), str(put_events_latency)]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.stubs", *arguments],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        # They end when their input does.
        process.communicate()


@dataclass(frozen=True)
class Contestant:
    """A function to measure: where it and what it imports lie; *variables* are beyond those of all."""

    name: str
    folder: Path
    packages: Path
    python: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def start(self, url: str, memory_mb: int = 256) -> LambdaProcess:
        """A process of it, with Twilio and AWS at *url*."""
        variables = {**_environment(url), **self.variables}
        return LambdaProcess(self.folder, self.packages, variables, python=self.python, memory_mb=memory_mb)


def ours(function: str, python: str) -> Contestant:
    """The connector's function of that logical ID, as `sam build` makes it."""
    built = sam.build().parent
    return Contestant("connector", built / function, built / "TwilioConnectorLayer" / "python", python)


def peer(name: str, folder: str, packages: Path, python: str) -> Contestant:
    """A peer, whose packages lie in a folder as a layer's do."""
    return Contestant(name, PEERS / folder, packages, python)


def install_peers_packages(folder: Path, python: str) -> Path:
    """What the tutorials' functions import, without bytecode, as in a layer that the usual build makes."""
    packages = ["twilio", "aws-lambda-powertools"]
    pinned = [line for line in _requirements() if line.partition("==")[0] in packages]
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*command, "--target", str(folder), *pinned], check=True)
    return folder


def _requirements() -> list[str]:
    files = (PROJECT_ROOT / "requirements-dev.txt", PROJECT_ROOT / "layers" / "twilio_connector" / "requirements.txt")
    return [line.strip() for file in files for line in file.read_text().splitlines()]


def _environment(url: str) -> Mapping[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "TWILIO_API_URL": url,
        "CONNECTION_PREFIX": "twilio/connections/",
        "EVENT_BUS_NAME": "bench",
        "STATE_TABLE_NAME": "bench",
        "UNDELIVERED_QUEUE_URL": f"{url}/000000000000/undelivered",
        "PREVIOUS_TOKEN_SECONDS": "3600",
        "API_BASE_URL": "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        "UNKNOWN_HOLD_SECONDS": "900",
        "POLL_OVERLAP_SECONDS": "300",
        "POLL_MAX_MESSAGES": "1000000",
        "MAX_MESSAGES_PER_EVENT": "100",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "TwilioConnector",
    }
