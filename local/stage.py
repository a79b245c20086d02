"""A deployed stack with a Twilio account behind it, set up with progress on the terminal: what demo and serve share."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from local import sam
from local.accounts import CONNECTION, RealAccount, connect_sandbox
from local.aws import LocalAws
from local.bus import BusWatcher
from local.twilio_sandbox import TwilioSandbox

SANDBOX_SENDER = "+15558675309"
SANDBOX_RECIPIENT = "+15551234567"


@dataclass(frozen=True)
class Stage:
    """Everything in place: the stack, the watcher of its bus, and the sandbox unless the account is real."""

    aws: LocalAws
    watcher: BusWatcher
    twilio: TwilioSandbox | None
    sender: str | None = SANDBOX_SENDER
    recipient: str | None = SANDBOX_RECIPIENT


@contextmanager
def set_stage(
    parameters: Mapping[str, str], of_sandbox: Mapping[str, str] | None = None, status_delay: float = 0.05
) -> Iterator[Stage]:
    """Builds and deploys the stack, and undoes everything at the end, on Ctrl-C, SIGTERM and SIGHUP too.

    The parameters `of_sandbox` and the seconds that a status lasts are for the sandbox alone.
    It goes on ignoring the signals that the process already ignores: SIGHUP under nohup, Ctrl-C where a shell runs it
    in the background.
    Raises SamError, MiniStackError, and CredentialsMissingError if the environment names half an account.
    """
    # Python itself turns Ctrl-C into an exception.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit)
    real = RealAccount.from_environment(os.environ)
    with _progress("Building the functions and the layer"):
        sam.build()
    with TwilioSandbox(status_delay=status_delay) as twilio, LocalAws() as aws:
        # Without a public URL the real Twilio could not call back.
        account = {"StatusCallbacks": "false"} if real else {"TwilioApiUrl": twilio.url, **(of_sandbox or {})}
        with _progress("Deploying template.yaml into a local AWS"):
            aws.deploy({**account, **parameters})
        if real:
            aws.put_connection(CONNECTION, real.secret)
            stage = Stage(aws, aws.watch(), None, real.sender, real.recipient)
        else:
            connect_sandbox(aws, twilio)
            stage = Stage(aws, aws.watch(), twilio)
        try:
            yield stage
        except KeyboardInterrupt:
            # The cleanup takes a while.
            print("\nStopping ...", file=sys.stderr, flush=True)
            raise


@contextmanager
def _progress(doing: str) -> Iterator[None]:
    print(f"{doing} ...", end=" ", flush=True)
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:.0f} s", flush=True)


def _exit(signal_number: int, frame: FrameType | None) -> None:
    sys.exit(128 + signal_number)
