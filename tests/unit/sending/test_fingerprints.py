"""Inputs and filters mean what they meant in the first version: a repeat across an upgrade is none of another request.

``fingerprints.json`` and ``addresses.json`` were written down by that version, of all of a corpus that it accepted.
"""

import json
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from twilio_connector.connections.connection import parse_connection
from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.sending.inputs import SEND_INPUTS, as_written, message_parameters
from twilio_connector.sending.records import Send
from twilio_connector.twilio.addresses import normalize_sender

ACCOUNT = {"accountSid": "AC" + "0" * 32, "authToken": "token"}
SUPPORT = PROJECT_ROOT / "tests" / "support"
RECORDED: list[dict[str, Any]] = json.loads((SUPPORT / "fingerprints.json").read_text())
ADDRESSES: list[dict[str, Any]] = json.loads((SUPPORT / "addresses.json").read_text())
# What that version sent and Twilio does not take, by the input: it is refused now.
REFUSED = {
    "mediaUrl": {"https://example.com/a b.png", "https://example.com/a\tb.png"},
    "statusCallback": {"http://ex_ample.com/cb", "https://example.com/c b"},
    "contentVariables": {'{"1": NaN}'},
}


def is_refused(given: dict[str, Any]) -> bool:
    return any(given.get(name) in values for name, values in REFUSED.items() if isinstance(given.get(name), str))


def send_of(given: dict[str, Any], country: str) -> Send:
    inputs = Inputs(given, SEND_INPUTS)
    parameters = message_parameters(inputs, country)
    connection = parse_connection("default", json.dumps(ACCOUNT))
    return Send.of(connection, "key", parameters, as_written(inputs, parameters))


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_an_input_has_the_fingerprint_that_it_had(number: int) -> None:
    recorded = RECORDED[number]
    if is_refused(recorded["input"]):
        with pytest.raises(InvalidInputError):
            send_of(recorded["input"], recorded["country"])
        return
    send = send_of(recorded["input"], recorded["country"])
    assert (send.fingerprint, send.bucket) == (recorded["fingerprint"], recorded["bucket"])
    # A text with a trial account's prefix may be listed as one without it.
    if not str(recorded["input"].get("message")).startswith("Sent from your Twilio trial account - "):
        assert send.lookalike_hash == recorded["likeness"]


def test_what_is_refused_now_was_accepted() -> None:
    assert sum(is_refused(recorded["input"]) for recorded in RECORDED) == 2 * sum(map(len, REFUSED.values()))


@pytest.mark.parametrize("number", range(len(ADDRESSES)))
def test_a_filter_names_the_cursor_that_it_named(number: int) -> None:
    recorded = ADDRESSES[number]
    if recorded["normalised"]:
        assert normalize_sender(recorded["given"], recorded["country"], "from") == recorded["normalised"]
