"""Items of sends, attribute by attribute: what is stored is read by every later version."""

from twilio_connector.sending.budget import CLAIMED_SECONDS, UNKNOWN_SECONDS
from twilio_connector.sending.items import flight_item, message_item, parse_record, record_item
from twilio_connector.sending.records import Record, Send, State
from twilio_connector.state.sent_messages import calls_back

SEND = Send(
    connection="default",
    account_sid="AC0",
    key="key-hash",
    fingerprint="fingerprint-hash",
    lookalike_hash="text-hash",
    bucket="abcd",
)
RECORD = Record(
    state=State.UNKNOWN,
    fingerprint="fingerprint-hash",
    owner="owner",
    request="request",
    previous_attempt_at=1,
    last_attempt_at=2,
    sent_no_later_than=3.5,
    held_until=4,
    expires_at=5,
    sid="SM0",
)


def test_a_record_is_stored_under_the_names_that_it_always_had() -> None:
    assert record_item(SEND, RECORD) == {
        "pk": {"S": "send#default#key-hash"},
        "sk": {"S": "record"},
        "state": {"S": "unknown"},
        "fingerprint": {"S": "fingerprint-hash"},
        "owner": {"S": "owner"},
        "request": {"S": "request"},
        "began": {"N": "1"},
        "attempted": {"N": "2"},
        "left": {"N": "3.5"},
        "until": {"N": "4"},
        "expiresAt": {"N": "5"},
        "sid": {"S": "SM0"},
    }


def test_a_stored_record_is_read_back() -> None:
    assert parse_record(record_item(SEND, RECORD)) == RECORD


def test_a_request_in_flight_is_stored_under_the_names_that_it_always_had() -> None:
    assert flight_item(SEND, RECORD, is_lost=True) == {
        "pk": {"S": "send#AC0#to#abcd"},
        "sk": {"S": "default#key-hash,request"},
        "likeness": {"S": "text-hash"},
        "fingerprint": {"S": "fingerprint-hash"},
        "until": {"N": "4"},
        "lost": {"N": "1"},
        "expiresAt": {"N": str(4 + UNKNOWN_SECONDS)},
    }


def test_a_message_is_stored_under_the_names_that_it_always_had() -> None:
    assert message_item(SEND, "SM0", 7.5) == {
        "pk": {"S": "send#AC0#sid#SM0"},
        "sk": {"S": "message"},
        "holder": {"S": "default#key-hash"},
        "expiresAt": {"N": str(7 + CLAIMED_SECONDS)},
    }
    # Earlier versions know nothing of it, and read the others.
    assert message_item(SEND, "SM0", 7.5, calls_back=True) == {
        **message_item(SEND, "SM0", 7.5),
        "callback": {"N": "1"},
    }


def test_whether_a_stored_message_calls_back_is_read_back() -> None:
    assert calls_back(message_item(SEND, "SM0", 7.5, calls_back=True))
    assert not calls_back(message_item(SEND, "SM0", 7.5))
