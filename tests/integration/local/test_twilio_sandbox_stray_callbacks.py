"""Status callbacks of the sandbox that go astray on their way to a receiver, and where that is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
import urllib3

from local.sam import PROJECT_ROOT
from local.twilio_sandbox import CallbackFaults, TwilioSandbox
from local.twilio_sandbox.clients import call
from tests.support.webhook_receiver import HOST, INBOUND, URL, Receiver, is_genuine, wait_for_callbacks

FORM = {"To": "+15551234567", "From": "+15558675309", "Body": "Hello", "StatusCallback": URL}


@pytest.fixture
def twilio(receiver: Receiver) -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=None) as sandbox:
        sandbox.map_host(HOST, receiver.url)
        yield sandbox


def send(twilio: TwilioSandbox) -> str:
    return str(call(twilio, "POST", "/Messages.json", form=FORM).json()["sid"])


def statuses(twilio: TwilioSandbox) -> list[str]:
    return [callback.params["MessageStatus"] for callback in twilio.callbacks]


def test_a_lost_callback_is_not_made_and_all_others_are(twilio: TwilioSandbox) -> None:
    twilio.disturb_callbacks(CallbackFaults(lost=0.3, seed=7))
    sids = [send(twilio) for _ in range(40)]
    for sid in sids:
        twilio.update_status(sid, "delivered")
    lost = {callback.sid for callback in twilio.stray_callbacks}
    assert 0 < len(lost) < 40

    callbacks = wait_for_callbacks(twilio, 40 - len(lost))

    assert {callback.params["MessageSid"] for callback in callbacks} == set(sids) - lost
    # What is lost on its way has happened all the same.
    assert {message.status for message in twilio.messages} == {"delivered"}


def test_a_doubled_callback_comes_twice_and_is_genuine_both_times(twilio: TwilioSandbox) -> None:
    twilio.disturb_callbacks(CallbackFaults(doubled=1))
    twilio.update_status(send(twilio), "delivered")

    callbacks = wait_for_callbacks(twilio, 2)

    assert statuses(twilio) == ["delivered", "delivered"]
    assert all(is_genuine(twilio, callback) for callback in callbacks)


def test_a_reordered_callback_always_comes_after_the_next_one(twilio: TwilioSandbox, receiver: Receiver) -> None:
    twilio.disturb_callbacks(CallbackFaults(reordered=1, delay_seconds=60))
    sids = [send(twilio) for _ in range(20)]
    for status in ("sent", "delivered"):
        for sid in sids:
            twilio.update_status(sid, status)

    wait_for_callbacks(twilio, 40)

    of_each = [[form["MessageStatus"] for form in receiver.forms if form["MessageSid"] == sid] for sid in sids]
    assert of_each == [["delivered", "sent"]] * 20


def test_a_delayed_callback_comes_late_or_when_it_is_released(twilio: TwilioSandbox) -> None:
    sid = send(twilio)
    twilio.disturb_callbacks(CallbackFaults(delayed=1, delay_seconds=float("inf")))
    twilio.update_status(sid, "sent")
    twilio.disturb_callbacks(CallbackFaults(delayed=1, delay_seconds=0.05))
    twilio.update_status(sid, "delivered")
    wait_for_callbacks(twilio, 1)
    assert statuses(twilio) == ["delivered"]

    twilio.release_callbacks()

    wait_for_callbacks(twilio, 2)
    assert statuses(twilio) == ["delivered", "sent"]


def test_other_webhooks_are_not_disturbed_and_those_of_subaccounts_are(twilio: TwilioSandbox) -> None:
    branch = twilio.create_subaccount()
    twilio.disturb_callbacks(CallbackFaults(lost=1))
    path = f"/2010-04-01/Accounts/{branch.account.sid}/Messages.json"
    user, password = branch.account.sid, branch.account.auth_token
    sid = call(twilio, "POST", path, form=FORM, user=user, password=password).json()["sid"]
    branch.lifecycle.update_status(sid, "delivered")
    twilio.receive(**INBOUND, webhook_url=URL)

    [callback] = wait_for_callbacks(twilio, 1)

    assert callback.params["SmsStatus"] == "received"
    assert [(stray.mishap, stray.sid) for stray in twilio.stray_callbacks] == [("lost", sid)]


def run(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "local.twilio_sandbox", *options]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until(condition: Callable[[], bool]) -> None:
    """The process is asked again and again; each answer takes its time."""
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it did not happen in 20 s"


def test_the_process_is_told_by_its_options_and_by_its_control_endpoint(receiver: Receiver) -> None:
    with run("--lost", "1", "--seed", "3") as process, urllib3.PoolManager(retries=False, timeout=10) as http:
        try:
            assert process.stdout is not None
            access = json.loads(process.stdout.readline())
            faults = f"{access['url']}/_sandbox/callback-faults"
            messages = f"{access['url']}/2010-04-01/Accounts/{access['account_sid']}/Messages.json"
            credentials = urllib3.make_headers(basic_auth=f"{access['account_sid']}:{access['auth_token']}")
            http.request("POST", f"{access['url']}/_sandbox/hosts", json={"host": HOST, "origin": receiver.url})

            def send_one() -> None:
                http.request("POST", messages, fields=FORM, headers=credentials, encode_multipart=False)

            def stray() -> list[tuple[str, str]]:
                found = http.request("GET", faults).json()["stray"]
                return [(callback["mishap"], callback["status"]) for callback in found]

            send_one()
            wait_until(lambda: len(stray()) == 2)
            told = http.request("PUT", faults, json={"delayed": 1, "delay_seconds": "inf"})
            send_one()
            wait_until(lambda: len(stray()) == 4)
            held = list(receiver.forms)
            released = http.request("POST", f"{faults}/release")
            wait_until(lambda: len(receiver.forms) == 2)
            met = stray()
        finally:
            process.kill()

    assert met == [("lost", "sent"), ("lost", "delivered"), ("delayed", "sent"), ("delayed", "delivered")]
    assert (told.status, released.status, held) == (204, 204, [])
    assert {form["MessageStatus"] for form in receiver.forms} == {"sent", "delivered"}


def test_shares_that_make_no_sense_end_the_process_with_a_word() -> None:
    with run("--lost", "0.6", "--doubled", "0.6") as process:
        _, told = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "the shares of callbacks must be 1 at most, together" in told


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"lost": 2}, "between 0 and 1"),
        ({"lost": 0.6, "doubled": 0.6}, "together"),
        ({"lost": "0.1"}, "str"),
        ({"los": 0.1}, "los"),
        ({"delay_seconds": "long"}, "long"),
    ],
    ids=["share", "sum", "text", "name", "seconds"],
)
def test_who_asks_for_what_cannot_be_is_told_why(asked: dict[str, object], why: str) -> None:
    with TwilioSandbox() as twilio:
        answer = urllib3.request("PUT", f"{twilio.url}/_sandbox/callback-faults", json=asked)
    assert answer.status == 400
    assert why in answer.data.decode()
