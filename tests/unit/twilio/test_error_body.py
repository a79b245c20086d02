"""What Twilio says of errors, in every form in which it writes them."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twilio_connector.twilio.error_body import MAX_XML_BYTES, Explanation, explanation_in

LINK = "https://www.twilio.com/docs/errors/21211"


def xml(inside: str) -> bytes:
    declaration = "<?xml version='1.0' encoding='UTF-8'?>\n"
    return f"{declaration}<TwilioResponse><RestException>{inside}</RestException></TwilioResponse>".encode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"code": 21211, "message": "No.", "more_info": LINK, "status": 400}, (21211, "No.", LINK)),
        ({"code": "21211", "message": "No."}, (21211, "No.", "")),
        # https://www.twilio.com/docs/bulk-messaging/api/seek-message-resource
        ({"errors": [{"code": 20404, "message": "Not Found", "infoUrl": LINK}]}, (20404, "Not Found", LINK)),
        ({"errors": [{"code": 1, "message": "first"}, {"code": 2, "message": "second"}]}, (1, "first", "")),
        # RFC 9457
        ({"type": LINK, "title": "Bad", "status": 400, "detail": "No."}, (21211, "No.", LINK)),
        ({"type": "about:blank", "title": "Conflict", "code": 5}, (5, "Conflict", "")),
        ({"code": 5, "detail": "No.", "errors": [{"field": "To", "message": "required"}]}, (5, "No.", "")),
        # SCIM, RFC 7644
        ({"schemas": ["x"], "detail": "No.", "scimType": "uniqueness", "code": 7, "moreInfo": LINK}, (7, "No.", LINK)),
        ({"error_code": 30008, "error_message": "Unknown error"}, (30008, "Unknown error", "")),
        ({"errorCode": 30008, "errorMessage": "Unknown error"}, (30008, "Unknown error", "")),
        ({"error": {"code": 9, "message": "inside"}}, (9, "inside", "")),
        # OAuth, RFC 6749
        ({"error": "invalid_grant", "error_description": "It is over."}, (None, "It is over.", "")),
        ({"errors": []}, (None, "", "")),
        ({"errors": ["No."], "message": "text"}, (None, "text", "")),
        ({"code": None, "error_code": 8, "message": " ", "title": "T"}, (8, "T", "")),
        ({"code": True}, (None, "", "")),
        ({"code": -1}, (None, "", "")),
        ({"code": 10**9}, (None, "", "")),
        ({"code": 1.5, "message": 3, "more_info": ["x"]}, (None, "", "")),
        ({"code": 4, "more_info": "https://www.twilio.com.evil.example/docs/"}, (4, "", "")),
    ],
    ids=str,
)  # fmt: skip
def test_every_json_that_twilio_writes_is_read(body: Any, said: tuple[int | None, str, str]) -> None:
    assert explanation_in(json.dumps(body).encode()) == Explanation(*said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (xml(f"<Code>21610</Code><Message>No &amp; no</Message><MoreInfo>{LINK}</MoreInfo><Status>400</Status>"),
         (21610, "No & no", LINK)),
        (b"  \n" + xml("<Code>\n 20003 </Code><Detail>Who?</Detail>"), (20003, "Who?", "")),
        (b"\xef\xbb\xbf" + xml("<Code>20003</Code>"), (20003, "", "")),
        (xml("<Code> 20003\n</Code><Detail>Who?</Detail>"), (20003, "Who?", "")),
        (xml("<Message><![CDATA[<b>]]>\u00fc</Message>"), (None, "<b>\u00fc", "")),
        (xml("<Code>0x1</Code><Message/>"), None),
        (xml("<Inner><Code>5</Code></Inner>"), None),
        (b"<TwilioResponse><Code>5</Code></TwilioResponse>", None),
        (b"<Other><RestException><Code>5</Code></RestException></Other>", None),
        (b"<html><h1>Bad Gateway</h1></html>", None),
        (b"<!DOCTYPE html><html></html>", None),
        (xml("<Code>5</Code>").replace(b"</TwilioResponse>", b""), None),
        ("<TwilioResponse><RestException><Code>5</Code></RestException></TwilioResponse>".encode("utf-16"), None),
        (xml("<Code>5</Code>").replace(b"UTF-8", b"unheard-of"), (5, "", "")),
        (b"<", None),
    ],
)  # fmt: skip
def test_the_2010_apis_xml_is_read(body: bytes, said: tuple[int | None, str, str] | None) -> None:
    assert explanation_in(body) == Explanation(*(said or ()))


@pytest.mark.parametrize(
    "declared", ["<!ENTITY a 'text'>", "<!ENTITY a SYSTEM 'file:///dev/null'>", "<!ELEMENT Code ANY>", ""]
)
def test_xml_with_a_dtd_is_not_read(declared: str) -> None:
    dtd = f"<!DOCTYPE TwilioResponse [{declared}]>"
    body = xml("<Code>5</Code>").replace(b"<TwilioResponse>", dtd.encode() + b"<TwilioResponse>", 1)
    assert explanation_in(body) == Explanation()


def test_xml_longer_than_any_error_is_not_read() -> None:
    said = xml("<Code>5</Code><Message>M</Message>")
    assert explanation_in(said + b" " * (MAX_XML_BYTES - len(said))).code == 5
    assert explanation_in(said + b" " * (MAX_XML_BYTES - len(said) + 1)) == Explanation()


@given(st.binary() | st.text().map(lambda text: xml(text)) | st.binary().map(lambda octets: b"<" + octets))
@example(b"[" * 100_000)
@example(b"<a>" * 20_000)
@example(b'{"code": NaN}')
def test_nothing_is_raised_whatever_comes(body: bytes) -> None:
    assert isinstance(explanation_in(body), Explanation)
