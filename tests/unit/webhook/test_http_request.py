"""HTTP requests out of the events of all three kinds of front door."""

import copy
from base64 import b64decode
from typing import Any

import pytest

from tests.support.webhook_requests import load_event
from twilio_connector.errors import InvalidInputError
from twilio_connector.webhook.http_request import RefusedError, parse_request

REST_HOST = "z9y8x7w6v5.execute-api.us-east-1.amazonaws.com"


@pytest.fixture
def http_api() -> dict[str, Any]:
    return copy.deepcopy(dict(load_event("http-api-status-callback")))


@pytest.fixture
def rest_api() -> dict[str, Any]:
    return copy.deepcopy(dict(load_event("rest-api-inbound-message")))


def test_a_request_of_the_http_api(http_api: dict[str, Any]) -> None:
    request = parse_request(http_api)
    assert (request.method, request.connection) == ("POST", "default")
    assert request.hosts == ("a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",)
    assert request.paths == ("/webhook/default",)
    assert request.query == "order=4711&note=it%27s%20due"
    assert request.parameters is None
    assert request.headers["x-forwarded-proto"] == "https"
    assert request.body == b64decode(http_api["body"])


def test_a_request_of_a_rest_api(rest_api: dict[str, Any]) -> None:
    request = parse_request(rest_api)
    assert (request.method, request.connection) == ("POST", "default")
    assert request.hosts == (REST_HOST,)
    assert request.paths == ("/prod/webhook/default", "/webhook/default")
    assert (request.query, request.parameters) == ("tag=a+b&tag=c", (("tag", "a b"), ("tag", "c")))
    assert request.headers["x-twilio-signature"] == rest_api["headers"]["X-Twilio-Signature"]
    assert request.body == rest_api["body"].encode()


def test_a_rest_api_s_single_values_serve_where_there_are_no_lists(rest_api: dict[str, Any]) -> None:
    rest_api.update(multiValueHeaders=None, multiValueQueryStringParameters=None)
    request = parse_request(rest_api)
    assert (request.query, request.parameters) == ("tag=c", (("tag", "c"),))
    assert request.headers["user-agent"] == "TwilioProxy/1.1"


def test_every_value_of_a_repeated_header_is_kept(rest_api: dict[str, Any]) -> None:
    rest_api.update(headers={"x-tag": "3"}, multiValueHeaders={"X-Tag": ["1", "2"], "x-tag": ["3"]})
    assert parse_request(rest_api).headers == {"x-tag": "1,2,3"}


def test_a_header_that_only_one_of_a_rest_api_s_two_maps_has_is_kept(rest_api: dict[str, Any]) -> None:
    rest_api.update(headers={"X-Tag": "3", "X-Alone": "4"}, multiValueHeaders={"x-tag": ["1", "2"]})
    request = parse_request(rest_api)
    assert request.headers == {"x-tag": "1,2", "x-alone": "4"}
    assert request.repeated == frozenset({"x-tag"})


def test_a_custom_domain_s_mapping_is_among_the_paths_of_a_rest_api(rest_api: dict[str, Any]) -> None:
    rest_api["requestContext"]["path"] = "/sms/webhook/default"
    assert "/sms/webhook/default" in parse_request(rest_api).paths


def test_the_stage_of_an_http_api_may_or_may_not_be_in_the_url(http_api: dict[str, Any]) -> None:
    http_api["requestContext"]["stage"] = "prod"
    http_api["rawPath"] = http_api["requestContext"]["http"]["path"] = "/prod/webhook/default"
    assert parse_request(http_api).paths == ("/prod/webhook/default", "/webhook/default")


def test_a_function_url_names_the_connection_in_the_last_segment() -> None:
    event = load_event("function-url-status-callback")
    assert parse_request(event).connection == "default"
    assert parse_request({**event, "rawPath": "/any/depth/other%5Fone/"}).connection == "other_one"


@pytest.mark.parametrize(("body", "is_base64"), [("a=1", False), ("YT0x", True)])
def test_bodies_come_plain_or_in_base64(http_api: dict[str, Any], body: str, is_base64: bool) -> None:
    assert parse_request({**http_api, "body": body, "isBase64Encoded": is_base64}).body == b"a=1"


def test_a_request_without_body_has_an_empty_one(http_api: dict[str, Any]) -> None:
    del http_api["body"]
    assert parse_request(http_api).body == b""


@pytest.mark.parametrize("body", ["not base64!", "YT0", "\ud800"])
def test_a_body_that_is_not_its_base64_is_a_bad_request(http_api: dict[str, Any], body: str) -> None:
    with pytest.raises(RefusedError) as caught:
        parse_request({**http_api, "body": body})
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "event", [None, [], "x", {}, {"requestContext": {}}, {"requestContext": None}, {"Records": []}]
)
def test_what_is_no_http_request_is_invalid_input(event: object) -> None:
    with pytest.raises(InvalidInputError):
        parse_request(event)


def test_a_request_s_content_does_not_show(http_api: dict[str, Any]) -> None:
    shown = repr(parse_request(http_api))
    assert "4711" not in shown
    assert "MessageSid" not in shown
    assert http_api["headers"]["x-twilio-signature"] not in shown
