"""``python -m operations smoke --stack NAME [--connection N] [--webhook-test] [--to +1… --from +1…] [--region R]``.

It deploys nothing and, unless you give it numbers, sends nothing: it runs the doctor's checks, a list, and a poll that
cannot find messages; on request, a test webhook of Twilio. It takes five minutes at most. Exits with 1 if one fails.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.command import arguments_of, connection_name, run
from operations.doctor.examination import examine
from operations.findings import Finding, Level, Subject
from operations.stack import Stack
from operations.subscription import subscription
from operations.webhook_test import check_test_webhook
from twilio_connector.bus.event import SOURCE
from twilio_connector.bus.statuses import STATUS_UPDATED
from twilio_connector.connections.connection import DEFAULT_CONNECTION
from twilio_connector.errors import ConnectionConfigError, InvalidInputError, ServiceUnavailableError
from twilio_connector.twilio.addresses import normalize_recipient, normalize_sender
from twilio_connector.twilio.api import CONNECTION_OVERRIDES

# A number of Twilio's test credentials, which no account owns. A poll for it has a cursor of its own, and publishes
# nothing. https://www.twilio.com/docs/iam/test-credentials
NOBODY = "+15005550006"
# The first poll of a cursor asks Twilio for nothing unless its input says since when.
POLL_SINCE = timedelta(minutes=5)
CALLBACK_SECONDS = 30.0


class FunctionFailedError(Exception):
    """An invoked function raised; the message names its error."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the stack out; returns the exit status."""
    parser = arguments_of("smoke", "Tries out a deployed stack, with one real text if you give it two numbers.")
    parser.add_argument(
        "--connection",
        default=DEFAULT_CONNECTION,
        type=connection_name,
        help="the connection to use (default: default)",
    )
    parser.add_argument("--to", default="", help="a number to text; needs --from")
    parser.add_argument("--from", dest="sender", default="", metavar="FROM", help="the account's number to text from")
    parser.add_argument("--deliver-to", default="", metavar="URL", help="as for the doctor")
    parser.add_argument("--webhook-test", action="store_true", help="have Twilio deliver a test webhook (a beta)")
    given = parser.parse_args(arguments)
    if bool(given.to) != bool(given.sender):
        parser.error("TO and FROM go together: the number to text, and the account's number to text from")
    return run(
        given,
        lambda stack: smoke(
            stack,
            given.connection,
            given.to,
            given.sender,
            deliver_to=given.deliver_to,
            webhook_test=given.webhook_test,
        ),
    )


def smoke(
    stack: Stack, connection: str, to: str = "", sender: str = "", *, deliver_to: str = "", webhook_test: bool = False
) -> Iterator[Finding]:
    """The doctor's checks, then calls of the functions; it sends a text only if none of these fails."""
    if to and (refusal := _refusal(stack, connection, to, sender)):
        yield Subject("send").fail(refusal, "Correct it; nothing was tried. +15551234567 is right in every country.")
        return
    levels = []
    checks = [
        examine(stack, [connection], deliver_to),
        _timed(stack, "list", lambda: _list(stack, connection), stack.logs_command("list-messages")),
        _timed(stack, "poll", lambda: _poll(stack, connection), stack.logs_command("poll")),
    ]
    if webhook_test:
        subject = Subject(f"test webhook {connection}")
        checks.append(subject.examined(check_test_webhook(stack, connection)))
    for check in checks:
        for finding in check:
            levels.append(finding.level)
            yield finding
    if not to:
        return
    if Level.FAIL in levels:
        yield Subject("send").warn("Nothing was sent, because a check failed.", "Fix it, and run this again.")
        return
    yield from _timed(stack, "send", lambda: _send(stack, connection, to, sender), stack.logs_command("send-sms"))


def invoke(stack: Stack, function: str, payload: dict[str, Any]) -> Any:
    """The result of the function whose name is the output *function*. Raises :class:`FunctionFailedError`."""
    answer = stack.clients.functions.invoke(FunctionName=stack.outputs[function], Payload=json.dumps(payload).encode())
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise FunctionFailedError(f"It raised {result.get('errorType')}: {result.get('errorMessage')}")
    return result


def _timed(stack: Stack, name: str, act: Callable[[], str], logs: str) -> Iterator[Finding]:
    """What *act* reports, and how long it took."""
    subject = Subject(name)

    def acted() -> Iterator[Finding]:
        stack.progress.step(f"invoking the function: {name}")
        started = time.monotonic()
        try:
            done = act()
        except (FunctionFailedError, TimeoutError) as exc:
            yield subject.fail(f"{exc} ({time.monotonic() - started:.1f} s)", f"See its log: {logs}")
        else:
            yield subject.ok(f"{done} ({time.monotonic() - started:.1f} s)")

    return subject.examined(acted())


def _list(stack: Stack, connection: str) -> str:
    messages = invoke(stack, "ListMessagesFunction", {"connection": connection, "limit": 1})["data"]
    return f"Asked for one message, the function listed {len(messages)}."


def _poll(stack: Stack, connection: str) -> str:
    since = (datetime.now(UTC) - POLL_SINCE).isoformat(timespec="seconds")
    result = invoke(stack, "PollFunction", {"connection": connection, "from": NOBODY, "since": since})
    if result["skipped"]:
        raise FunctionFailedError("It asked Twilio for nothing, because another smoke test is polling.")
    return (
        f"The function asked Twilio for nobody's messages up to {result['cursor']} and published {result['published']}."
    )


def _refusal(stack: Stack, connection: str, to: str, sender: str) -> str:
    """Why nothing can be sent to or from these numbers; empty if it can, or if the doctor's checks have to say."""
    try:
        country = stack.connections.get(connection).default_country
        normalize_recipient(to, country, "TO")
        normalize_sender(sender, country, "FROM")
    except InvalidInputError as exc:
        return str(exc)
    except (ConnectionConfigError, ServiceUnavailableError):
        pass
    return ""


def _send(stack: Stack, connection: str, to: str, sender: str) -> str:
    """Send a text and wait for the first callback of its status, if the stack asks for any."""
    nonce = uuid.uuid4().hex
    known = stack.connections.get(connection)
    text = {
        "connection": connection,
        "to": to,
        "from": sender,
        "message": f"Smoke test {nonce[:8]} of the stack {stack.name}",
        "idempotencyKey": f"smoke-{nonce}",
    }
    if stack.parameters["StatusCallbacks"] != "true" or not stack.connections.can_receive(known):
        return f"Twilio accepted {invoke(stack, 'SendSmsFunction', text)['data']['sid']}; no callback was asked for."
    if stack.custom_bus_arn:
        sid = invoke(stack, "SendSmsFunction", text)["data"]["sid"]
        return f"Twilio accepted {sid}; only a subscriber of the Custom Event Bus can see its callback."
    recipient = normalize_recipient(to, known.default_country, "to")
    pattern = {"source": [SOURCE], "detail-type": [STATUS_UPDATED], "detail": {"body": {"data": {"To": [recipient]}}}}
    with subscription(stack, f"twilio-connector-smoke-{nonce}", pattern) as arrivals:
        sid = invoke(stack, "SendSmsFunction", text)["data"]["sid"]
        stack.progress.step(f"waiting for a callback about {sid}")
        deadline = time.monotonic() + CALLBACK_SECONDS
        while time.monotonic() < deadline:
            stack.progress.tell("none on the bus so far")
            for detail in arrivals.receive(5):
                if detail["body"]["data"].get("MessageSid") == sid:
                    status = detail["body"]["data"]["MessageStatus"]
                    return f"Twilio accepted {sid} and reported it {status} to a URL with {CONNECTION_OVERRIDES}."
    raise TimeoutError(f"Twilio accepted {sid}, but no status callback reached the bus in {CALLBACK_SECONDS:.0f} s.")
