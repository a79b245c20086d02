"""The operators' commands against the local stack."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from operations.progress import MARK
from operations.queues import QUEUES
from tests.support.signals import ignoring

LAYER = PROJECT_ROOT / "layers" / "twilio_connector" / "python"


def empty_queues(aws: LocalAws) -> None:
    """Takes away what other tests have left in the queues that should be empty."""
    for queue in QUEUES:
        aws.sqs.purge_queue(QueueUrl=aws.outputs[queue.output])


class Operator:
    """Runs commands with the credentials of the local AWS, in this process."""

    def __init__(self, aws: LocalAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.aws = aws
        self._capsys = capsys
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        empty_queues(aws)

    def run(self, main: Callable[[Sequence[str]], int], *arguments: str) -> tuple[int, str]:
        """The exit status of a command on the stack, and what it prints."""
        self._capsys.readouterr()
        status = main(["--stack", self.aws.stack_name, *arguments])
        captured = self._capsys.readouterr()
        # Where a step takes long, as on a busy machine, a line says so.
        assert [line for line in captured.err.splitlines() if not line.startswith(MARK)] == []
        return status, captured.out


def start(aws: LocalAws, command: str, *arguments: str) -> subprocess.Popen[str]:
    """A command in a process of its own, as the Makefile starts it in a terminal."""
    hosts = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with ignoring():
        return subprocess.Popen(
            [sys.executable, "-m", "operations", command, "--stack", aws.stack_name, *arguments],
            cwd=PROJECT_ROOT,
            env={**hosts, **aws.environment, "PYTHONPATH": str(LAYER)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
