"""The local AWS leaves nothing behind, whatever becomes of who started it."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.ministack import HOST, MiniStack
from local.sam import PROJECT_ROOT
from local.session import LocalSession
from tests.support.signals import ignoring

STARTER = """
import time
from local.ministack import MiniStack
with MiniStack() as ministack:
    print(ministack.port, ministack.log_path.parent, flush=True)
    time.sleep(600)
"""


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def test_it_serves_while_it_is_open_and_is_gone_afterwards() -> None:
    with MiniStack() as ministack:
        identity = LocalSession(ministack.url).client("sts").get_caller_identity()
        folder = ministack.log_path.parent
        assert identity["Arn"].endswith(":root")
        assert folder.exists()
    assert not listens(ministack.port)
    assert not folder.exists()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_its_parent_however_that_ends(ending: signal.Signals) -> None:
    with ignoring():
        parent = subprocess.Popen([sys.executable, "-c", STARTER], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        port, folder = parent.stdout.readline().split()
        assert listens(int(port))
        parent.send_signal(ending)
    deadline = time.monotonic() + 15
    while listens(int(port)) or Path(folder).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
