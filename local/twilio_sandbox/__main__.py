"""Run the sandbox in the foreground: `python -m local.twilio_sandbox [--port N]`.

Prints its URL and credentials as one line of JSON, and serves until it is interrupted or terminated.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading

from local.twilio_sandbox.sandbox import TwilioSandbox


def main() -> None:
    """Serve until SIGINT or SIGTERM, whichever of them the process is not told to ignore."""
    parser = argparse.ArgumentParser(prog="python -m local.twilio_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    arguments = parser.parse_args()
    finished = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: finished.set())
    with TwilioSandbox(port=arguments.port) as twilio:
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
