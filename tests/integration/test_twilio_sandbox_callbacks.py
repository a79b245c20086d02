"""Webhook requests of the sandbox: signed as Twilio signs, delivered as Twilio delivers, and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from tests.local.twilio_sandbox import Callback, TwilioSandbox
from tests.local.twilio_sandbox.clients import call
from tests.local.twilio_sandbox.numbers import FAILED_TO, UNDELIVERED_TO
from tests.local.twilio_sandbox.server import LoopbackServer

HOST = "hooks.example.com"
URL = f"https://{HOST}/webhook/default"
FORM = {"To": "+15551234567", "From": "+15558675309", "Body": "Hello", "StatusCallback": URL}
INBOUND = {"from_": "+15558675309", "to": "+15551234567", "body": "Hi & bye"}


class Receiver:
    """A webhook endpoint that answers the statuses it is given, then 204, and keeps what it got."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.hosts: list[str] = []
        self.paths: list[str] = []
        self.forms: list[dict[str, str]] = []
        app = Flask(__name__)
        app.add_url_rule("/<path:path>", view_func=self._receive, methods=["GET", "POST"])
        self._server = LoopbackServer(app, 0)
        self.url = self._server.url

    def __enter__(self) -> Receiver:
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    def _receive(self, path: str) -> Response:
        self.hosts.append(request.host)
        self.paths.append(request.full_path)
        self.forms.append(request.form.to_dict())
        return Response("noted", self.statuses.pop(0) if self.statuses else 200, mimetype="text/xml")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as endpoint:
        yield endpoint


@pytest.fixture
def twilio(receiver: Receiver) -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=0.01) as sandbox:
        sandbox.map_host(HOST, receiver.url)
        yield sandbox


def wait_for_callbacks(twilio: TwilioSandbox, count: int) -> list[Callback]:
    twilio.wait_until(lambda: len(twilio.callbacks) >= count)
    return twilio.callbacks


def is_genuine(twilio: TwilioSandbox, callback: Callback, url: str | None = None) -> bool:
    """Check a signature as the receiver of the request would, with the vendor's validator."""
    params = callback.params if callback.method == "POST" else {}
    signature = callback.request_headers["X-Twilio-Signature"]
    return bool(RequestValidator(twilio.auth_token).validate(url or callback.url, params, signature))


def test_each_status_after_the_first_is_reported_with_a_valid_signature(
    twilio: TwilioSandbox, receiver: Receiver
) -> None:
    sid = call(twilio, "POST", "/Messages.json", form=FORM).json()["sid"]

    callbacks = wait_for_callbacks(twilio, 2)

    assert sorted(callback.params["MessageStatus"] for callback in callbacks) == ["delivered", "sent"]
    for callback in callbacks:
        assert is_genuine(twilio, callback)
        assert callback.params["MessageSid"] == callback.params["SmsSid"] == sid
        assert callback.params["AccountSid"] == twilio.account_sid
        assert (callback.status, callback.content_type, callback.body) == (
            200,
            "text/xml; charset=utf-8",
            b"noted",
        )
        assert callback.request_headers["User-Agent"] == "TwilioProxy/1.1"
        assert callback.request_headers["I-Twilio-Idempotency-Token"]
    assert receiver.hosts == [HOST, HOST]
    assert {form["MessageStatus"] for form in receiver.forms} == {"sent", "delivered"}


def test_a_forged_signature_is_not_genuine(twilio: TwilioSandbox) -> None:
    twilio.receive(**INBOUND, webhook_url=URL)
    [callback] = wait_for_callbacks(twilio, 1)

    twilio.account.auth_token = "another"

    assert not is_genuine(twilio, callback)


@pytest.mark.parametrize(
    ("to", "statuses", "code"),
    [(UNDELIVERED_TO, {"sent", "undelivered"}, "30005"), (FAILED_TO, {"failed"}, "30008")],
)
def test_failures_are_reported_with_their_error_code(
    twilio: TwilioSandbox, to: str, statuses: set[str], code: str
) -> None:
    call(twilio, "POST", "/Messages.json", form={**FORM, "To": to})

    callbacks = wait_for_callbacks(twilio, len(statuses))

    codes = {callback.params["MessageStatus"]: callback.params.get("ErrorCode") for callback in callbacks}
    assert set(codes) == statuses
    assert [value for value in codes.values() if value] == [code]


def test_statuses_can_be_reported_out_of_order(twilio: TwilioSandbox) -> None:
    form = {"To": "+15551234567", "From": "+15558675309", "Body": "hi"}
    with TwilioSandbox(status_delay=None) as held:
        held.map_host(HOST, twilio.url)
        sid = call(held, "POST", "/Messages.json", form={**form, "StatusCallback": URL}).json()["sid"]
        for number, status in enumerate(("delivered", "sent"), start=1):
            held.update_status(sid, status)
            wait_for_callbacks(held, number)

        assert [callback.params["MessageStatus"] for callback in held.callbacks] == ["delivered", "sent"]


def test_an_inbound_text_calls_the_webhook_and_is_listed(twilio: TwilioSandbox, receiver: Receiver) -> None:
    media = ["https://example.com/a.jpg"]
    sid = twilio.receive(**INBOUND, webhook_url=URL, media_urls=media)

    [callback] = wait_for_callbacks(twilio, 1)

    assert is_genuine(twilio, callback)
    assert receiver.forms == [dict(callback.params)]
    assert callback.params["MessageSid"] == callback.params["SmsMessageSid"] == sid
    assert (callback.params["SmsStatus"], callback.params["Body"]) == ("received", "Hi & bye")
    assert (callback.params["NumMedia"], callback.params["MediaUrl0"]) == ("1", media[0])
    assert callback.params["FromCity"] == ""
    assert "MessageStatus" not in callback.params
    [listed] = call(twilio, "GET", "/Messages.json").json()["messages"]
    assert (listed["sid"], listed["direction"], listed["status"]) == (sid, "inbound", "received")


def test_an_inbound_text_can_come_by_get_with_a_signature_of_the_url_alone(
    twilio: TwilioSandbox, receiver: Receiver
) -> None:
    twilio.receive(**INBOUND, webhook_url=f"{URL}?flow=1", method="GET")

    [callback] = wait_for_callbacks(twilio, 1)

    assert callback.request_body == b""
    assert receiver.paths[0].startswith("/webhook/default?flow=1&MessageSid=")
    assert is_genuine(twilio, callback)


def test_a_json_document_is_signed_by_its_hash_in_the_url(twilio: TwilioSandbox) -> None:
    twilio.post_json(URL, [{"specversion": "1.0", "id": "EZ1"}])

    [callback] = wait_for_callbacks(twilio, 1)

    signature = callback.request_headers["X-Twilio-Signature"]
    body = callback.request_body.decode()
    assert RequestValidator(twilio.auth_token).validate(callback.url, body, signature)
    assert not RequestValidator(twilio.auth_token).validate(callback.url, body + " ", signature)


@pytest.mark.parametrize("url", [f"{URL}#rc=2&rp=all", f"https://user:pass@{HOST}/webhook/default"])
def test_fragment_and_user_info_are_neither_sent_nor_signed(
    twilio: TwilioSandbox, receiver: Receiver, url: str
) -> None:
    twilio.receive(**INBOUND, webhook_url=url)

    [callback] = wait_for_callbacks(twilio, 1)

    assert callback.url == URL
    assert is_genuine(twilio, callback)
    assert receiver.paths == ["/webhook/default?"]


def test_the_signer_leaves_unescaped_what_the_request_escapes(twilio: TwilioSandbox, receiver: Receiver) -> None:
    unescaped = f"{URL}?q=it's:a@b"
    twilio.receive(**INBOUND, webhook_url=unescaped)

    [callback] = wait_for_callbacks(twilio, 1)

    assert callback.url == f"{URL}?q=it{quote(chr(39))}s{quote(':')}a{quote('@')}b"
    assert not is_genuine(twilio, callback)
    assert is_genuine(twilio, callback, unescaped)


@pytest.mark.parametrize(
    ("overrides", "answers", "attempts"),
    [
        ("", [500], 1),
        ("#rc=2&rp=all", [500, 404], 3),
        ("#rc=1&rp=all", [500, 500, 500], 2),
        ("#rc=5&rp=5xx", [500, 404], 2),
        ("#rc=9&rp=all", [503] * 9, 6),
    ],
)
def test_answers_are_retried_as_the_url_asks(
    twilio: TwilioSandbox, receiver: Receiver, overrides: str, answers: list[int], attempts: int
) -> None:
    receiver.statuses = list(answers)
    twilio.receive(**INBOUND, webhook_url=URL + overrides)
    twilio.wait_until(lambda: len(twilio.callbacks) == attempts)
    # One more, so that a surplus attempt of the first would have been seen.
    receiver.statuses = []
    twilio.receive(**INBOUND, webhook_url=f"{URL}/last")
    twilio.wait_until(lambda: any(callback.url.endswith("/last") for callback in twilio.callbacks))

    made = [callback for callback in twilio.callbacks if callback.url == URL]
    assert [callback.attempt for callback in made] == list(range(1, attempts + 1))
    assert [callback.status for callback in made][: len(answers)] == answers[:attempts]
    assert len({callback.request_headers["I-Twilio-Idempotency-Token"] for callback in made}) == 1


def test_a_refused_connection_is_tried_once_more_by_default(twilio: TwilioSandbox) -> None:
    with Receiver() as stopped:
        twilio.map_host("gone.example.com", stopped.url)
    twilio.receive(**INBOUND, webhook_url="https://gone.example.com/in")

    callbacks = wait_for_callbacks(twilio, 2)

    assert [(callback.attempt, callback.status, callback.error) for callback in callbacks] == [
        (1, None, "NewConnectionError"),
        (2, None, "NewConnectionError"),
    ]


def test_a_mapped_host_gets_the_host_header_that_its_server_wants(twilio: TwilioSandbox, receiver: Receiver) -> None:
    twilio.map_host("abc.execute-api.us-east-1.amazonaws.com", receiver.url, "abc.execute-api.localhost:4567")
    twilio.receive(**INBOUND, webhook_url="https://abc.execute-api.us-east-1.amazonaws.com/webhook/default")

    [callback] = wait_for_callbacks(twilio, 1)

    assert receiver.hosts == ["abc.execute-api.localhost:4567"]
    assert is_genuine(twilio, callback)


def test_nothing_is_sent_to_a_host_off_this_machine(twilio: TwilioSandbox) -> None:
    twilio.receive(**INBOUND, webhook_url="https://unmapped.example.com/in#rc=5&rp=all")

    [callback] = wait_for_callbacks(twilio, 1)

    assert (callback.status, callback.error) == (None, "unmapped.example.com is not mapped to this machine")


def test_a_thousand_callbacks_are_all_delivered(twilio: TwilioSandbox, receiver: Receiver) -> None:
    for _ in range(1000):
        twilio.receive(**INBOUND, webhook_url=URL)

    callbacks = wait_for_callbacks(twilio, 1000)

    assert {callback.status for callback in callbacks} == {200}
    assert len({callback.params["MessageSid"] for callback in callbacks}) == 1000
    assert len(receiver.forms) == 1000


def test_waiting_for_what_does_not_happen_times_out(twilio: TwilioSandbox) -> None:
    with pytest.raises(TimeoutError):
        twilio.wait_until(lambda: twilio.callbacks, timeout=0.05)


def test_waiting_ends_in_time_even_while_other_things_happen(twilio: TwilioSandbox) -> None:
    def never() -> bool:
        # Each such request is itself a change, upon which the condition is asked again.
        return call(twilio, "GET", "/Messages.json").status != 200

    with pytest.raises(TimeoutError):
        twilio.wait_until(never, timeout=0.1)
