"""The local AWS leaves nothing behind, whatever becomes of who started it, and updates functions as Lambda does."""

import io
import json
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.ministack import HOST, MiniStack
from local.sam import PROJECT_ROOT
from local.session import LocalSession
from tests.support.signals import ignoring

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

STARTER = """
import time
from local.ministack import MiniStack
with MiniStack() as ministack:
    print(ministack.port, ministack.log_path.parent, flush=True)
    time.sleep(600)
"""

WAITING_FUNCTION = """
import os, pathlib, time
def handler(event, context):
    folder = pathlib.Path(event["folder"])
    (folder / "begun").touch()
    while not (folder / "may-end").exists():
        time.sleep(0.01)
    return os.environ["VERSION"]
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


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def create_function(ministack: MiniStack) -> "LambdaClient":
    """The waiting function, in its old version."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("app.py", WAITING_FUNCTION)
    session = LocalSession(ministack.url)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = session.client("iam").create_role(RoleName="waiting", AssumeRolePolicyDocument=policy)["Role"]
    lambda_ = session.client("lambda")
    lambda_.create_function(
        FunctionName="waiting",
        Runtime="python3.13",
        Role=role["Arn"],
        Handler="app.handler",
        Timeout=30,
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"VERSION": "old"}},
    )
    return lambda_


def call(lambda_: "LambdaClient", folder: Path) -> Any:
    """What the function answers, which it does once the folder says so."""
    answer = lambda_.invoke(FunctionName="waiting", Payload=json.dumps({"folder": str(folder)}))
    return json.loads(answer["Payload"].read())


def test_a_call_ends_in_the_version_of_the_function_in_which_it_began(tmp_path: Path) -> None:
    with MiniStack() as ministack, ThreadPoolExecutor(1) as caller:
        lambda_ = create_function(ministack)
        under_way = caller.submit(call, lambda_, tmp_path)
        wait_until((tmp_path / "begun").exists)
        lambda_.update_function_configuration(FunctionName="waiting", Environment={"Variables": {"VERSION": "new"}})
        (tmp_path / "may-end").touch()

        assert under_way.result() == "old"
        assert call(lambda_, tmp_path) == "new"


@pytest.mark.endurance
def test_one_call_is_killed_and_its_neighbour_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("killed", "spared")]
    with MiniStack() as ministack, ThreadPoolExecutor(2) as callers:
        lambda_ = create_function(ministack)
        for folder in folders:
            folder.mkdir()
        killed, spared = [callers.submit(call, lambda_, folder) for folder in folders]
        for folder in folders:
            wait_until((folder / "begun").exists)
        ministack.kill_at_work("waiting", "/killed")
        assert "errorType" in killed.result(15)
        (folders[1] / "may-end").touch()
        assert spared.result() == "old"
        # A new process takes the next call.
        (folders[0] / "may-end").touch()
        assert call(lambda_, folders[0]) == "old"
