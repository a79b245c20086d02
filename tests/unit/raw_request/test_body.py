"""The bodies of raw requests, byte for byte, and as a well-kept parser of multipart reads them."""

import json
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.raw_request.body import Body, encode_body
from twilio_connector.raw_request.request import RAW_REQUEST_INPUTS

FORM = "application/x-www-form-urlencoded"
HELLO = {"type": "Buffer", "data": list(b"Hello World")}


def body_of(content_type: str | None = None, **inputs: Any) -> Body:
    return encode_body(Inputs(inputs, RAW_REQUEST_INPUTS), content_type)


def received(body: Body) -> Request:
    """What the receiver of *body* makes of it."""
    builder = EnvironBuilder(method="POST", data=body.content, content_type=body.content_type)
    return Request(builder.get_environ())


@pytest.mark.parametrize(
    ("data", "content_type", "sent", "sent_type"),
    [
        ({"exampleKey": "Example Data"}, None, b'{"exampleKey": "Example Data"}', "application/json"),
        ({}, None, b"{}", "application/json"),
        ([1, None], None, b"[1, null]", "application/json"),
        ({"a": 1}, "application/merge-patch+json", b'{"a": 1}', "application/merge-patch+json"),
        ({"To": "+1", "MediaUrl": ["x", "y"]}, FORM, b"To=%2B1&MediaUrl=x&MediaUrl=y", FORM),
        ([{"key": "To", "value": "+1"}], f"{FORM.upper()}; a=b", b"To=%2B1", f"{FORM.upper()}; a=b"),
        ("To=%2B1&Body=h%C3%BC", None, b"To=%2B1&Body=h%C3%BC", FORM),
        ('{"a": "h\u00fc"}', "application/json", '{"a": "h\u00fc"}'.encode(), "application/json"),
    ],
)
def test_data_is_sent_as_json_form_or_as_it_is(
    data: Any, content_type: str | None, sent: bytes, sent_type: str
) -> None:
    body = body_of(content_type, data=data)
    assert (body.content, body.content_type) == (sent, sent_type)


@pytest.mark.parametrize("absent", [{}, {"data": None}, {"data": " "}, {"formData": [], "fileData": {}}])
def test_without_data_there_is_no_body(absent: dict[str, Any]) -> None:
    assert body_of(**absent) == Body()


def test_the_descriptions_examples_are_a_file_and_a_field() -> None:
    body = body_of(
        fileData=[{"key": "example.txt", "value": "My File Contents"}],
        formData=[{"key": "Example Key", "value": HELLO}],
    )
    with received(body) as request:
        file = request.files["example.txt"]
        assert (file.filename, file.content_type, file.read()) == ("example.txt", "text/plain", b"My File Contents")
        assert request.form.to_dict() == {"Example Key": "Hello World"}


def test_file_names_are_applied_and_every_byte_arrives() -> None:
    octets = bytes(range(256)) + b"\r\n--boundary--\r\n"
    files = {"Content": {"type": "Buffer", "data": list(octets)}, "Other": {"base64": "AAH/\n/g=="}}
    with received(body_of(fileData=files, fileDataFileNames={"Content": "a b.bin"})) as request:
        assert request.files["Content"].read() == octets
        assert request.files["Content"].filename == "a b.bin"
        assert request.files["Other"].read() == b"\x00\x01\xff\xfe"
        assert request.files["Other"].filename == "Other"


@pytest.mark.parametrize(
    ("name", "filename", "content_type"),
    [
        ("photo.PNG", "photo.PNG", "image/png"),
        ("data:text/html,x.png", "data:text/html,x.png", "image/png"),
        ("//[x.txt", "//[x.txt", "text/plain"),
        ("unknown", "unknown", "application/octet-stream"),
        (" ", "a.txt", "text/plain"),
    ],
)
def test_a_file_has_a_name_and_the_type_of_its_suffix(name: str, filename: str, content_type: str) -> None:
    with received(body_of(fileData={"a.txt": "b"}, fileDataFileNames={"a.txt": name})) as request:
        file = request.files["a.txt"]
        assert (file.filename, file.content_type) == (filename, content_type)


def test_names_cannot_break_out_of_their_part() -> None:
    with received(body_of(formData={'a"\r\nX: y\r\n\r\nb': "c"})) as request:
        assert list(request.form.values()) == ["c"]


def test_a_multipart_header_of_the_callers_gets_the_right_boundary() -> None:
    with received(body_of("multipart/form-data; boundary=theirs", formData={"a": "b"})) as request:
        assert request.form.to_dict() == {"a": "b"}


@pytest.mark.parametrize(
    "inputs",
    [
        {"data": "a=b", "formData": {"a": "b"}},
        {"data": {}, "fileData": {"a": "b"}},
        {"formData": "a=b"},
        {"formData": {"a": None}},
        {"formData": {"a": {"b": "c"}}},
        {"formData": {"a": {"base64": "QQ=="} | {"more": 1}}},
        {"formData": {"a": {"base64": "Q"}}},
        {"formData": {"a": {"base64": "Q!=="}}},
        {"formData": {"a": {"base64": "\u00fc"}}},
        {"formData": {"a": {"base64": 7}}},
        {"formData": {"a": {"type": "Buffer", "data": [256]}}},
        {"formData": {"a": {"type": "Buffer", "data": ["x"]}}},
        {"formData": {"a": {"type": "Buffer", "data": 5}}},
        {"formData": {"a": {"type": "Blob", "data": [1]}}},
        {"fileData": {"a": "b"}, "fileDataFileNames": {"c": "d"}},
        {"fileDataFileNames": {"c": "d"}},
        {"data": {"a": float("nan")}},
        {"data": "\ud800"},
    ],
)
def test_bad_bodies_are_refused(inputs: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        body_of(**inputs)


def test_bodies_that_contradict_their_header_are_refused() -> None:
    with pytest.raises(InvalidInputError):
        body_of(FORM, formData={"a": "b"})
    with pytest.raises(InvalidInputError):
        body_of(FORM, data={"a": {"nested": "b"}})


def test_data_too_deep_for_json_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidInputError):
        body_of(data=deep)


@pytest.mark.parametrize(
    "inputs",
    [
        {"data": {"Message": {"Body": ["the secret text"]}}},
        {"data": "To=%2B1&Body=the+secret%20text"},
        {"data": json.dumps({"Body": "the secret text"})},
        {"data": "the secret text"},
        {"formData": {"Body": "the secret text"}},
        {"formData": {"Body": {"base64": "dGhlIHNlY3JldCB0ZXh0"}}},
        {"fileData": {"Body": {"type": "Buffer", "data": list(b"the secret text")}}},
    ],
)
def test_the_texts_of_a_body_are_known_to_be_private_and_not_in_its_repr(inputs: dict[str, Any]) -> None:
    body = body_of(**inputs)
    assert "the secret text" in body.private
    assert "secret" not in repr(body)
