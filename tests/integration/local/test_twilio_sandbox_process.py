"""The sandbox as a process of its own: its one line of output, its control endpoints, its end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from local.sam import PROJECT_ROOT
from tests.support.signals import ignoring


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """The process, which ignores the signal that the test is parametrized with, if any."""
    command = [sys.executable, "-m", "local.twilio_sandbox"]
    with ignoring(*getattr(request, "param", ())):
        sandbox = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)
    with sandbox:
        try:
            yield sandbox
        finally:
            sandbox.kill()


def access_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What it prints once it serves."""
    assert process.stdout is not None
    access: dict[str, Any] = json.loads(process.stdout.readline())
    return access


def test_it_prints_its_access_and_serves(process: subprocess.Popen[str]) -> None:
    access = access_of(process)
    credentials = urllib3.make_headers(basic_auth=f"{access['api_key_sid']}:{access['api_key_secret']}")

    with urllib3.PoolManager(retries=False, timeout=10) as http:
        control = f"{access['url']}/_sandbox"
        added = http.request(
            "POST",
            f"{control}/messages",
            json={"count": 3, "date_sent": "2026-01-01T00:00:00Z", "spacing": 1},
        )
        mapped = http.request(
            "POST", f"{control}/hosts", json={"host": "hooks.example.com", "origin": "http://127.0.0.1:1"}
        )
        listing = f"{access['url']}/2010-04-01/Accounts/{access['account_sid']}/Messages.json"
        listed = http.request("GET", listing, headers=credentials).json()["messages"]
        counts = http.request("GET", f"{control}/counts").json()

    assert [message["sid"] for message in listed] == added.json()["sids"][::-1]
    assert listed[0]["date_sent"] == "Thu, 01 Jan 2026 00:00:02 +0000"
    assert mapped.status == 204
    assert counts == {"messages": 3, "requests": 1, "callbacks": 0}


def test_a_webhook_rule_is_made_and_deleted(process: subprocess.Popen[str]) -> None:
    rule = f"{access_of(process)['url']}/_sandbox/webhook-rule"
    with urllib3.PoolManager(retries=False, timeout=10) as http:
        made = http.request("POST", rule, json={"algorithm": "HMAC_SHA1"})
        deleted = http.request("DELETE", rule)
    assert made.json().keys() == {"id", "secret"}
    assert (made.status, deleted.status) == (201, 204)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_interrupted_or_terminated(process: subprocess.Popen[str], number: signal.Signals) -> None:
    access_of(process)
    process.send_signal(number)
    assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("process", "number", "other"),
    [
        ([signal.SIGINT], signal.SIGINT, signal.SIGTERM),
        ([signal.SIGTERM], signal.SIGTERM, signal.SIGINT),
        ([signal.SIGHUP], signal.SIGHUP, signal.SIGTERM),
    ],
    indirect=["process"],
)
def test_it_goes_on_ignoring_what_it_is_told_to_ignore(
    process: subprocess.Popen[str], number: signal.Signals, other: signal.Signals
) -> None:
    access = access_of(process)
    process.send_signal(number)
    with urllib3.PoolManager(retries=False, timeout=10) as http:
        assert http.request("GET", f"{access['url']}/_sandbox/counts").status == 200
    process.send_signal(other)
    assert process.wait(timeout=10) == 0
