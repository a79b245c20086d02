"""Run the sandbox in the foreground: `python -m local.twilio_sandbox [--port N] [--lost 0.1 …]`.

Prints its URL and credentials as one line of JSON, and serves until it is interrupted or terminated.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading

from local.twilio_sandbox.callback_faults import MISHAPS, CallbackFaults
from local.twilio_sandbox.sandbox import TwilioSandbox


def main() -> None:
    """Serve until SIGINT or SIGTERM, unless the process ignores that signal."""
    parser = argparse.ArgumentParser(prog="python -m local.twilio_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    for mishap in MISHAPS:
        parser.add_argument(f"--{mishap}", type=float, default=0, metavar="SHARE", help=f"status callbacks {mishap}")
    parser.add_argument("--delay-seconds", type=float, default=1, help="how long they are held back ('inf': for good)")
    parser.add_argument("--seed", type=int, default=0, help="decides which status callbacks go astray")
    arguments = parser.parse_args()
    given = vars(arguments)
    try:
        faults = CallbackFaults(**{name: given[name] for name in (*MISHAPS, "delay_seconds", "seed")})
    except ValueError as error:
        parser.error(str(error))
    finished = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: finished.set())
    with TwilioSandbox(port=arguments.port) as twilio:
        twilio.disturb_callbacks(faults)
        access = {
            "url": twilio.url,
            "account_sid": twilio.account_sid,
            "auth_token": twilio.auth_token,
            "api_key_sid": twilio.api_key_sid,
            "api_key_secret": twilio.api_key_secret,
        }
        print(json.dumps(access), flush=True)
        finished.wait()


if __name__ == "__main__":
    main()
