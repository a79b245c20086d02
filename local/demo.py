"""`make demo`: deploys the connector on this machine and runs it step by step; exits with 1 if a step fails.

With TWILIO_ACCOUNT_SID and credentials in the environment, it uses that account instead of the sandbox.
"""

import sys
import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from jsonschema import ValidationError

from local.accounts import CredentialsMissingError
from local.aws import FunctionError
from local.demo_steps import StepFailed, StepSkipped, Story
from local.ministack import MiniStackError
from local.sam import SamError
from local.stage import set_stage

# What a step may raise that is not a fault of the demo's own code.
FAILURES = (StepFailed, FunctionError, TimeoutError, ValidationError, ClientError, BotoCoreError)


NEXT = "Next: `make local` serves a page over the same stack, to text with and to break things."


def main() -> int:
    """Sets up the stack and runs the steps; returns the exit status."""
    started = time.monotonic()
    try:
        # The demo polls by a schedule of its own, and the shipped one would interfere.
        with set_stage({"PollEnabled": "false"}) as stage:
            twilio = "the local Twilio sandbox" if stage.twilio else "your Twilio account"
            print(f"The stack is up at {stage.aws.url}, with {twilio} behind it.\n", flush=True)
            failed = [title for title, step in Story(stage).steps if not _tell(title, step)]
    except (CredentialsMissingError, MiniStackError, SamError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; everything is cleaned up.", file=sys.stderr)
        return 130
    seconds = time.monotonic() - started
    print(
        f"\n{len(failed)} step(s) failed: {'; '.join(failed)}" if failed else f"\nAll well, in {seconds:.0f} s.\n{NEXT}"
    )
    return 1 if failed else 0


def _tell(title: str, step: Callable[[], str]) -> bool:
    """Runs one step and prints its result; returns whether it succeeded."""
    print(f"* {title}", flush=True)
    try:
        print(f"    ok: {step()}", flush=True)
    except StepSkipped as reason:
        print(f"    skipped: {reason}", flush=True)
    except FAILURES as error:
        print(f"    FAILED: {type(error).__name__}: {error}", flush=True)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
