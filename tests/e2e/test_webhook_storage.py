"""Webhooks while bus and undelivered queue fail in each of their ways: answered within four seconds, and never lost.

Lambda itself is the clock: here it ends the function after as many.
"""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from local.aws import LocalAws
from local.bus import BusWatcher
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_configuration import configured, wait_until
from tests.support.deployed_webhooks import inbound, of_type, post_webhook
from tests.support.scripted_server import Exchange, ScriptedServer, reply

ANSWER_SECONDS = 4
REFUSED_ENTRY = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "Try again"}]}
REFUSED_MESSAGE = {"Successful": [], "Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]}

# Each gives the URL of a service for as long as it is open.
Service = Callable[[], AbstractContextManager[str]]


def answering(document: object) -> Service:
    """A service that gives this answer to every call."""

    @contextmanager
    def service() -> Iterator[str]:
        with ScriptedServer(reply(body=json.dumps(document).encode())) as server:
            yield server.url
        assert server.requests

    return service


@contextmanager
def silent() -> Iterator[str]:
    """A service that takes calls and never answers."""

    def wait(exchange: Exchange) -> None:
        exchange.stopping.wait()

    with ScriptedServer(wait) as server:
        yield server.url
    assert server.requests


@contextmanager
def unconnected() -> Iterator[str]:
    """A service to which no connection comes about: one that waits to be accepted fills its backlog."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, socket.create_connection(server.getsockname()):
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


BUSES: dict[str, Service] = {
    "refuses the entry": answering(REFUSED_ENTRY),
    "does not answer": silent,
    "does not connect": unconnected,
}
QUEUES: dict[str, Service] = {**BUSES, "refuses the entry": answering(REFUSED_MESSAGE)}


def awaken(aws: LocalAws, twilio: TwilioSandbox) -> None:
    """Start the webhook's process, which takes longer on a machine that is busy; it stores nothing."""
    wait_until(lambda: post_webhook(aws, inbound(twilio), "forged").status == 403)


@contextmanager
def failing(aws: LocalAws, twilio: TwilioSandbox, bus: Service, queue: Service | None = None) -> Iterator[None]:
    """Let the webhook meet these services instead of AWS's."""
    with bus() as bus_url, queue() if queue else nullcontext(aws.url) as queue_url:
        urls = {"AWS_ENDPOINT_URL_EVENTBRIDGE": bus_url, "AWS_ENDPOINT_URL_SQS": queue_url}
        with configured(aws, ["WebhookFunction"], ANSWER_SECONDS, **urls):
            awaken(aws, twilio)
            yield


@pytest.mark.parametrize("bus", BUSES)
def test_what_the_bus_does_not_take_in_time_is_published_later_exactly_as_it_would_have_been(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, bus: str
) -> None:
    form = inbound(twilio, "Grüße & 100 % 😀")
    received = of_type("Message Received", form["MessageSid"])

    with failing(aws, twilio, BUSES[bus]):
        assert post_webhook(aws, form, twilio.auth_token).status == 200
    late = watcher.wait_for(received).detail

    awaken(aws, twilio)
    assert post_webhook(aws, form, twilio.auth_token).status == 200
    prompt = watcher.wait_for_all(received, 2)[1].detail
    assert late == {**prompt, "receivedAt": late["receivedAt"]}
    assert late["receivedAt"] < prompt["receivedAt"]


@pytest.mark.parametrize("fault", BUSES)
def test_what_the_queue_does_not_take_in_time_either_is_to_be_sent_again(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, fault: str
) -> None:
    form = inbound(twilio)
    received = of_type("Message Received", form["MessageSid"])

    with failing(aws, twilio, BUSES[fault], QUEUES[fault]):
        answer = post_webhook(aws, form, twilio.auth_token)
        assert (answer.status, int(answer.headers.get("retry-after", "0")) > 0) == (503, True)

    awaken(aws, twilio)
    assert post_webhook(aws, form, twilio.auth_token).status == 200
    assert watcher.wait_for(received).detail["body"]["data"] == form
    assert len([event for event in watcher.drain() if received(event)]) == 1
