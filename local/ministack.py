"""MiniStack, an AWS in one process, as a child that never outlives its parent.

The child, `ministack_server.py`, ends when its standard input does. The parent holds the other end of that pipe, so
the child ends with the parent, even if the parent is ended by SIGKILL.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import urllib3

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
SERVER = Path(__file__).with_name("ministack_server.py").resolve()
START_SECONDS = 30.0
STOP_SECONDS = 15.0

_PASSED_ON = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")


class MiniStackError(RuntimeError):
    """MiniStack did not come up; the message holds the end of its log."""


class MiniStack:
    """A running MiniStack on a free port of 127.0.0.1, enforcing IAM; its log is `log_path` while it runs."""

    def __init__(self) -> None:
        self.port = 0
        self.log_path = Path()
        self._folder = tempfile.TemporaryDirectory(prefix="ministack-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The endpoint of every service, `http://127.0.0.1:<port>`."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self.port = _free_port()
        self.log_path = Path(self._folder.name) / "ministack.log"
        with self.log_path.open("wb") as log:
            self._process = _start(self.port, Path(self._folder.name), log)
        try:
            self._wait_until_healthy(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def kill_at_work(self, function: str, word: str) -> None:
        """Kills the process of a function that handles an event with this word in its JSON.

        Its caller gets an error, as from Lambda.
        """
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"kill {function} {word}\n".encode())
        self._process.stdin.flush()

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        with urllib3.PoolManager(retries=False, timeout=2.0) as http:
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    if http.request("GET", f"{self.url}/_ministack/health").status == HTTPStatus.OK:
                        return
                except urllib3.exceptions.HTTPError:
                    time.sleep(0.05)  # It does not listen yet, and there is no event to wait for.
        raise MiniStackError(f"MiniStack did not start:\n{self.log_path.read_text(errors='replace')[-2000:]}")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            # It ends with its standard input. A signal would interrupt it while it ends the functions.
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()


def _start(port: int, folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    # Nothing of the host's AWS settings may reach the functions, which inherit MiniStack's environment.
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "HOME": str(folder),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        # Requests without credentials, as webhooks are, belong to this account.
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": REGION,
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder / "state"),
        "TMPDIR": str(folder),
    }
    return subprocess.Popen(
        # -P keeps this folder off the child's path, where `ministack.py` would hide the package of the same name.
        [sys.executable, "-P", str(SERVER)],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        # The parent handles a Ctrl-C in the terminal: it stops this child after its own cleanup.
        start_new_session=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
