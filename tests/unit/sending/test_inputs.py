"""The inputs of send_sms: which parameters of Twilio's they become, and what is refused."""

from typing import Any

import pytest

from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.sending.inputs import (
    SEND_INPUTS,
    idempotency_key,
    message_parameters,
    readable_connection,
    readable_key,
)

SERVICE = "MG" + "0123456789abcdef" * 2
CONTENT = "HX" + "0123456789abcdef" * 2
PLAIN = {"to": "5551234567", "from": "5555551234", "message": "Hello from Acme!"}
TO, FROM, BODY = ("To", "+15551234567"), ("From", "+15555551234"), ("Body", "Hello from Acme!")


def parameters(given: dict[str, Any], country: str = "US") -> list[tuple[str, str]]:
    return list(message_parameters(Inputs(given, SEND_INPUTS), country))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [TO, FROM, BODY]),
        ({"from": " 12345 "}, [TO, ("From", "12345"), BODY]),
        ({"from": "+5215562000000"}, [TO, ("From", "+5215562000000"), BODY]),
        ({"messagingServiceSid": SERVICE}, [TO, ("MessagingServiceSid", SERVICE), FROM, BODY]),
        ({"mediaUrl": " https://a/b.jpg\n"}, [TO, FROM, BODY, ("MediaUrl", "https://a/b.jpg")]),
        ({"statusCallback": " https://a/b_c?d_e "}, [TO, FROM, BODY, ("StatusCallback", "https://a/b_c?d_e")]),
        (
            {"contentSid": CONTENT, "mediaUrl": "https://a/b.jpg"},
            [TO, FROM, ("ContentSid", CONTENT), BODY, ("MediaUrl", "https://a/b.jpg")],
        ),
        ({"from": "Acme"}, [TO, ("From", "Acme"), BODY]),
        ({"to": "whatsapp:+15551234567"}, [("To", "whatsapp:+15551234567"), FROM, BODY]),
        ({"to": 15551234567}, [TO, FROM, BODY]),
        ({"to": 1.5551234567e10}, [TO, FROM, BODY]),
        ({"from": 12345}, [TO, ("From", "12345"), BODY]),
        ({"from": 5555551234}, [TO, FROM, BODY]),
        ({"message": 482913}, [TO, FROM, ("Body", "482913")]),
        ({"message": 0}, [TO, FROM, ("Body", "0")]),
        ({"from": "", "messagingServiceSid": SERVICE}, [TO, ("MessagingServiceSid", SERVICE), BODY]),
        ({"message": "  Hello\n"}, [TO, FROM, ("Body", "  Hello\n")]),
        ({"message": "x" * 1_600}, [TO, FROM, ("Body", "x" * 1_600)]),
        ({"mediaUrl": "https://a/b.jpg"}, [TO, FROM, BODY, ("MediaUrl", "https://a/b.jpg")]),
        (
            {"message": None, "mediaUrl": ["https://a/1", "http://a/2"]},
            [TO, FROM, ("MediaUrl", "https://a/1"), ("MediaUrl", "http://a/2")],
        ),
        ({"mediaUrl": []}, [TO, FROM, BODY]),
        ({"message": "", "contentSid": CONTENT}, [TO, FROM, ("ContentSid", CONTENT)]),
        (
            {"message": "", "contentSid": CONTENT, "contentVariables": {"2": "b", "1": "a"}},
            [TO, FROM, ("ContentSid", CONTENT), ("ContentVariables", '{"1": "a", "2": "b"}')],
        ),
        (
            {"message": "", "contentSid": CONTENT, "contentVariables": '{"2":"b","1":"a"}'},
            [TO, FROM, ("ContentSid", CONTENT), ("ContentVariables", '{"1": "a", "2": "b"}')],
        ),
        ({"statusCallback": "https://a/cb?x=1"}, [TO, FROM, BODY, ("StatusCallback", "https://a/cb?x=1")]),
        ({"validityPeriod": "36000"}, [TO, FROM, BODY, ("ValidityPeriod", "36000")]),
        (
            {"from": "", "messagingServiceSid": SERVICE, "sendAt": "2026-03-15T16:32:10+02:00"},
            [
                TO,
                ("MessagingServiceSid", SERVICE),
                BODY,
                ("ScheduleType", "fixed"),
                ("SendAt", "2026-03-15T14:32:10Z"),
            ],
        ),
    ],
)
def test_inputs_become_twilios_parameters(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert parameters(PLAIN | change) == expected


def test_the_country_of_the_connection_is_that_of_numbers_without_one() -> None:
    assert parameters(PLAIN | {"to": "030 123456"}, "DE")[0] == ("To", "+4930123456")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"to": None}, "to"),
        ({"to": " "}, "to"),
        ({"to": 5}, "to"),
        ({"to": True}, "to"),
        ({"to": 10**30}, "to"),
        ({"to": ["+15551234567"]}, "to"),
        ({"to": "5551234567 ext. 5"}, "to"),
        ({"to": "12345"}, "to"),
        ({"from": None}, "from"),
        ({"from": False}, "from"),
        ({"from": "not a possible sender"}, "from"),
        ({"from": "", "messagingServiceSid": "MG1"}, "messagingServiceSid"),
        ({"from": "", "messagingServiceSid": 5}, "messagingServiceSid"),
        ({"message": None}, "message"),
        ({"message": "  "}, "message"),
        ({"message": True}, "message"),
        ({"message": 1.5}, "message"),
        ({"message": {"text": "Hello"}}, "message"),
        ({"message": "x" * 1_601}, "1,601 characters"),
        ({"message": "x" * 1_000_000}, "message has 1,000,000 characters"),
        ({"mediaUrl": 5}, "mediaUrl"),
        ({"mediaUrl": 0}, "mediaUrl"),
        ({"mediaUrl": False}, "mediaUrl"),
        ({"mediaUrl": {}}, "mediaUrl"),
        ({"mediaUrl": {"url": "https://a"}}, "mediaUrl"),
        ({"mediaUrl": [""]}, "mediaUrl"),
        ({"mediaUrl": [None]}, "mediaUrl"),
        ({"mediaUrl": "ftp://a/b"}, "mediaUrl"),
        ({"mediaUrl": "https://"}, "mediaUrl"),
        ({"mediaUrl": "https://[a"}, "mediaUrl"),
        ({"mediaUrl": ["https://a"] * 11}, "mediaUrl holds more URLs than the 10"),
        ({"message": "", "contentSid": CONTENT, "contentVariables": '{"1": NaN}'}, "contentVariables"),
        ({"message": "", "contentSid": CONTENT, "contentVariables": '{"1": 1e999}'}, "contentVariables"),
        ({"message": "", "contentSid": CONTENT, "contentVariables": '{"1": "\\ud83d"}'}, "contentVariables"),
        (
            {"message": "", "contentSid": CONTENT, "contentVariables": '{"1": ' + "[" * 200 + "]" * 200 + "}"},
            "contentVar",
        ),
        ({"mediaUrl": "https://a/b c.png"}, "mediaUrl holds blanks"),
        ({"mediaUrl": ["https://a/1", "https://a/b\tc.png"]}, "mediaUrl holds blanks"),
        ({"mediaUrl": "https://a/\u00a0b"}, "mediaUrl holds blanks"),
        ({"mediaUrl": "https://a/\x7f"}, "mediaUrl holds blanks"),
        ({"statusCallback": "https://a/b\nc"}, "statusCallback holds blanks"),
        ({"statusCallback": "https://a_b.example.com/c"}, "statusCallback has an underscore in its host"),
        ({"statusCallback": "https://a%5Fb.example.com/c"}, "statusCallback has an underscore in its host"),
        ({"statusCallback": "https://a\uff3fb.example.com/c"}, "statusCallback has an underscore in its host"),
        ({"message": "", "contentSid": "HX1"}, "contentSid"),
        ({"contentVariables": {"1": "a"}}, "contentVariables"),
        ({"message": "", "contentSid": CONTENT, "contentVariables": "{"}, "contentVariables"),
        ({"message": "", "contentSid": CONTENT, "contentVariables": ["a"]}, "contentVariables"),
        ({"message": "", "contentSid": CONTENT, "contentVariables": '{"1": NaN}'}, "contentVariables"),
        ({"message": "", "contentSid": CONTENT, "contentVariables": '{"1": 1e999}'}, "contentVariables"),
        ({"statusCallback": "example.com/callback"}, "statusCallback"),
        ({"statusCallback": 5}, "statusCallback"),
        ({"validityPeriod": 0}, "validityPeriod"),
        ({"validityPeriod": 36_001}, "validityPeriod"),
        ({"validityPeriod": "soon"}, "validityPeriod"),
        ({"sendAt": "2026-03-15T14:32:10Z"}, "sendAt needs a messagingServiceSid"),
        ({"from": "", "messagingServiceSid": SERVICE, "sendAt": "tomorrow"}, "sendAt"),
        ({"from": "", "messagingServiceSid": SERVICE, "sendAt": 1773585130}, "sendAt"),
    ],
)
def test_what_is_not_acceptable_is_named_and_not_quoted(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInputError, match=named) as caught:
        parameters(PLAIN | change)
    assert "Hello" not in str(caught.value)
    assert "1234567" not in str(caught.value)


def test_the_key_is_the_callers_or_else_the_default() -> None:
    assert idempotency_key(Inputs({"idempotencyKey": "order-5"}, SEND_INPUTS), "default") == "order-5"
    assert idempotency_key(Inputs({"idempotencyKey": " "}, SEND_INPUTS), "default") == "default"
    assert idempotency_key(Inputs({"idempotencyKey": "k" * 256}, SEND_INPUTS), "default") == "k" * 256


@pytest.mark.parametrize("key", ["k" * 257, True, 10.42, 2**63, ["a"]])
def test_a_key_that_is_too_long_or_no_text_is_refused(key: Any) -> None:
    with pytest.raises(InvalidInputError, match="idempotencyKey"):
        idempotency_key(Inputs({"idempotencyKey": key}, SEND_INPUTS), "default")


@pytest.mark.parametrize(
    ("key", "text"),
    [("order-5", "order-5"), (" 5 ", " 5 "), ("k" * 256, "k" * 256), (1042, "1042"), (1042.0, "1042"), (0, "0")],
)
def test_the_queue_reads_the_key_that_a_send_would_use(key: Any, text: str) -> None:
    given = {"idempotencyKey": key, "unknown": "input"}
    assert readable_key(given, "default") == text == idempotency_key(Inputs({"idempotencyKey": key}, SEND_INPUTS), "")


@pytest.mark.parametrize("value", [None, "", " ", 10.42, 2**63, True, ["k"], {"k": "v"}, "k" * 257])
def test_what_cannot_be_a_key_or_a_connection_counts_as_absent_to_the_queue(value: object) -> None:
    assert readable_key({"idempotencyKey": value}, "default") == "default"
    assert readable_connection({"connection": value}) == "default"


@pytest.mark.parametrize("given", [None, "text", 5, ["idempotencyKey"], {}])
def test_an_input_that_is_no_object_names_neither_key_nor_connection(given: object) -> None:
    assert (readable_key(given, "sqs:1"), readable_connection(given)) == ("sqs:1", "default")


def test_the_queue_reads_a_connection_whether_it_exists_or_not() -> None:
    assert readable_connection({"connection": "sales"}) == "sales"
    assert readable_connection({"connection": "x" * 64}) == "x" * 64
    assert readable_connection({"connection": "x" * 65}) == "default"
    assert readable_connection({"connection": 42}) == "42"
