"""Records of sends: what they hold, and for how long."""

import json
from dataclasses import asdict

import pytest

from twilio_connector.connections.connection import parse_connection
from twilio_connector.sending.budget import SENT_SECONDS, SETTLE_SECONDS, UNKNOWN_SECONDS
from twilio_connector.sending.records import Record, Send, State

ACCOUNT_SID = "AC" + "0" * 32
NOW = 1_773_585_130.0
SECONDS = 30.0
SID = "SM" + "0" * 32
PARAMETERS = [("To", "+15551234567"), ("From", "+15555551234"), ("Body", "Hello from Acme!")]
CONNECTION = parse_connection("default", json.dumps({"accountSid": ACCOUNT_SID, "authToken": "token"}))

FIRST = Record.new("fingerprint", NOW, SECONDS)


def test_a_first_attempt_is_held_until_its_holder_can_no_longer_write() -> None:
    assert (FIRST.state, FIRST.previous_attempt_at, FIRST.last_attempt_at) == (State.SENDING, int(NOW), int(NOW))
    assert FIRST.is_held(NOW + SECONDS + SETTLE_SECONDS)
    assert not FIRST.is_held(NOW + SECONDS + SETTLE_SECONDS + 1)


def test_who_takes_over_changes_nothing_of_what_was_attempted() -> None:
    later = FIRST.as_unknown().taken_over(NOW + 100, SECONDS)
    assert (later.previous_attempt_at, later.last_attempt_at) == (FIRST.previous_attempt_at, FIRST.last_attempt_at)
    assert later.owner != FIRST.owner
    assert later.is_held(NOW + 100 + SECONDS)


def test_the_hold_counts_from_when_the_request_can_have_left_at_the_latest() -> None:
    lost = FIRST.answer_lost(NOW + 12.5)
    assert not lost.may_repeat(NOW + 912, 900)
    assert lost.may_repeat(NOW + 912.5, 900)
    assert not FIRST.may_repeat(FIRST.held_until + 899, 900)
    assert FIRST.may_repeat(FIRST.held_until + 900, 900)


def test_looking_for_it_does_not_prolong_the_hold_and_sending_again_does() -> None:
    searching = FIRST.answer_lost(NOW).taken_over(NOW + 900, SECONDS)
    assert searching.may_repeat(NOW + 900, 900)
    assert not searching.attempted_again(NOW + 900).may_repeat(NOW + 1800, 900)


def test_the_search_counts_from_the_attempt_before_the_last() -> None:
    again = FIRST.attempted_again(NOW + 900)
    assert again.previous_attempt_at == FIRST.last_attempt_at
    assert again.attempted_again(NOW + 1800).previous_attempt_at == again.last_attempt_at


def test_only_attempts_prolong_the_life_of_a_record_whose_outcome_is_unknown() -> None:
    assert FIRST.as_unknown().taken_over(NOW + 100, SECONDS).expires_at == FIRST.expires_at
    assert FIRST.attempted_again(NOW + 900).expires_at == int(NOW) + 900 + UNKNOWN_SECONDS


def test_a_request_is_that_of_its_attempt_whoever_looks_for_it_later() -> None:
    searching = FIRST.as_unknown().taken_over(NOW + 100, SECONDS)
    assert searching.request == FIRST.request
    assert searching.attempted_again(NOW + 900).request == searching.owner


def test_what_is_not_being_sent_is_not_held() -> None:
    assert not FIRST.as_unknown().is_held(NOW)
    assert not FIRST.sent_as(SID, NOW).is_held(NOW)


def test_a_sent_message_is_remembered_for_a_day_and_an_unknown_one_longer_than_any_queue_keeps_one() -> None:
    assert FIRST.sent_as(SID, NOW).expires_at == int(NOW) + SENT_SECONDS
    assert FIRST.as_unknown().expires_at == int(NOW) + UNKNOWN_SECONDS
    assert UNKNOWN_SECONDS > 14 * 24 * 3600


def test_equal_requests_are_the_same_send_and_others_are_not() -> None:
    send = Send.of(CONNECTION, "key", PARAMETERS)
    assert Send.of(CONNECTION, "key", list(PARAMETERS)) == send
    assert (send.connection, send.account_sid) == ("default", ACCOUNT_SID)
    assert Send.of(CONNECTION, "other", PARAMETERS).key != send.key
    assert Send.of(CONNECTION, "key", [*PARAMETERS, ("ValidityPeriod", "5")]).fingerprint != send.fingerprint
    swapped = [("To", "+15555551234"), ("From", "+15551234567"), ("Body", "Hello from Acme!")]
    assert Send.of(CONNECTION, "key", swapped).fingerprint != send.fingerprint


def test_sends_of_one_text_to_one_recipient_are_alike_whoever_sends_them() -> None:
    one = Send.of(CONNECTION, "key", PARAMETERS)
    service = [("To", "+15551234567"), ("MessagingServiceSid", "MG" + "0" * 32), ("Body", "Hello from Acme!")]
    assert Send.of(CONNECTION, "other", service).lookalike_hash == one.lookalike_hash
    assert Send.of(CONNECTION, "other", [*PARAMETERS[:2], ("Body", "Hello")]).lookalike_hash != one.lookalike_hash


@pytest.mark.parametrize("content", [("ContentSid", "HX" + "0" * 32), ("MediaUrl", "https://example.com/1.jpg")])
def test_a_message_whose_text_is_not_known_is_like_none(content: tuple[str, str]) -> None:
    send = Send.of(CONNECTION, "key", [*PARAMETERS[:2], content])
    assert send.lookalike_hash == ""
    assert send.bucket == Send.of(CONNECTION, "key", PARAMETERS).bucket


def test_a_send_tells_neither_content_nor_recipient_nor_key() -> None:
    told = str(asdict(Send.of(CONNECTION, "order of +15557654321", PARAMETERS)))
    for private in ("1234567", "7654321", "5551234", "Hello", "order"):
        assert private not in told
