"""`make local`: keeps the deployed stack up until Ctrl-C, with a page over it; prints how to call it, and each event.

With TWILIO_ACCOUNT_SID and credentials in the environment, it uses that account instead of the sandbox.
"""

import sys
from contextlib import AbstractContextManager

from local.accounts import CredentialsMissingError
from local.bus import BusEvent
from local.demo_steps import PUBLIC_URL_NEEDED
from local.ministack import MiniStackError
from local.phone.page import PhonePage
from local.sam import SamError
from local.stage import Stage, set_stage
from local.twilio_sandbox import TwilioSandbox

# An unknown send is held while Twilio may list its message late, by default 15 minutes. The sandbox lists at once, and
# a user of the page has to wait for the hold.
HOLD_SECONDS = "20"
# Long enough for each status to be seen.
STATUS_SECONDS = 0.7

INSTRUCTIONS = """
The stack is up. Open this page, with everything after the #:

{phone}

In another terminal, here:

{exports}
  export SAM_CLI_TELEMETRY=0

  # Any function by its logical ID: PollFunction, GetSmsFunction, ListMessagesFunction, SelectMessageFunction, ...
  .venv/bin/sam remote invoke SendSmsFunction --stack-name {stack} \\
    --event '{{"to": "{recipient}", "from": "{sender}", "message": "Hello"}}'
  .venv/bin/sam remote invoke ListMessagesFunction --stack-name {stack} --event '{{"limit": 5}}'

  # The send queue accepts the same inputs.
  .venv/bin/sam remote invoke SendQueue --stack-name {stack} \\
    --event '{{"to": "{recipient}", "from": "{sender}", "message": "Hello from the queue"}}'
{text_back}
  # Checks this deployment as it would one on AWS.
  make doctor STACK={stack} DELIVER_TO='{api_url}'

  # A webhook; without Twilio's signature it is refused.
  curl -i -H 'Host: {api_host_header}' {url}/webhook/default -d SmsStatus=received

{twilio}
The shipped schedule polls every minute. Events on the bus follow; Ctrl-C ends everything.
"""

TEXT_BACK = """
  # Somebody texts back: the sandbox calls the webhook, as Twilio would.
  curl {url}/_sandbox/texts -H 'Content-Type: application/json' \\
    -d '{{"from_": "{recipient}", "to": "{sender}", "body": "Hello yourself", "webhook_url": "{webhook_url}"}}'

  # The sandbox then loses, delays, doubles and reorders a tenth of the callbacks each, the same for the same seed.
  curl -X PUT {url}/_sandbox/callback-faults -H 'Content-Type: application/json' \
    -d '{{"lost": 0.1, "delayed": 0.1, "doubled": 0.1, "reordered": 0.1, "delay_seconds": 5, "seed": 1}}'

  # Reconciliation publishes what was lost: its first run sets where to begin, each later run publishes.
  .venv/bin/sam remote invoke ReconcileFunction --stack-name {stack} --event '{{}}'
"""
SANDBOX = """Twilio is a sandbox at {url}, and nobody is texted. It calls this stack's webhook for every text sent.
"""
REAL_ACCOUNT = (
    """Twilio is your account: texts are sent and cost money. """
    + PUBLIC_URL_NEEDED
    + """:
status callbacks and inbound texts do not arrive here.
"""
)


def main() -> int:
    """Sets up the stack and keeps it up; returns the exit status."""
    try:
        with _stage() as stage, PhonePage(stage) as page:
            print(_instructions(stage, page.url), flush=True)
            for event in stage.watcher.follow():
                page.saw(event)
                print(f"  {event.detail_type}  {_what(event)}", flush=True)
    except (CredentialsMissingError, MiniStackError, SamError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; everything is cleaned up.", file=sys.stderr)
    return 0


def _stage() -> AbstractContextManager[Stage]:
    return set_stage({"PollSchedule": "rate(1 minute)"}, {"UnknownHoldSeconds": HOLD_SECONDS}, STATUS_SECONDS)


def _instructions(stage: Stage, phone: str) -> str:
    aws, twilio = stage.aws, stage.twilio
    return INSTRUCTIONS.format(
        phone=phone,
        exports="\n".join(f"  export {name}={value}" for name, value in aws.environment.items()),
        stack=aws.stack_name,
        url=aws.url,
        api_host_header=aws.api_host_header,
        api_url=aws.api_url,
        sender=stage.sender or "+1...",
        recipient=stage.recipient or "+1...",
        text_back=_text_back(stage, twilio) if twilio else "",
        twilio=SANDBOX.format(url=twilio.url) if twilio else REAL_ACCOUNT,
    )


def _text_back(stage: Stage, twilio: TwilioSandbox) -> str:
    webhook_url = stage.aws.outputs["WebhookUrl"]
    return TEXT_BACK.format(
        url=twilio.url,
        webhook_url=webhook_url,
        sender=stage.sender,
        recipient=stage.recipient,
        stack=stage.aws.stack_name,
    )


def _what(event: BusEvent) -> str:
    """What distinguishes the event from others of its type."""
    if event.detail_type == "New and Updated Records":
        return f"{event.detail['connection']}: {len(event.detail['body']['data']['created'])} created"
    return str(event.detail["id"])


if __name__ == "__main__":
    sys.exit(main())
