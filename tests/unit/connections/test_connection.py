"""Connections: what a secret may hold, and that no error or repr tells it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.rest import Client

from twilio_connector.connections.connection import parse_auth_token, parse_connection, regional_url
from twilio_connector.errors import ConnectionConfigError

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
API_KEY_SID = "SK" + "0123456789abcdef" * 2
BASIC = {"accountSid": ACCOUNT_SID, "authToken": "token"}
API_KEY = {"accountSid": ACCOUNT_SID, "apiKeySid": API_KEY_SID, "apiKeySecret": "secret"}
FIELDS = ["accountSid", "apiKeySid", "apiKeySecret", "authToken", "region", "edge", "defaultCountry"]
EVERYTHING = API_KEY | {"authToken": "token", "region": "ie1", "edge": "dublin", "defaultCountry": "IE"}

NAMES = st.none() | st.sampled_from(["us1", "ie1", "au1", "dublin", "sydney", "ashburn-ix"])
# A blank, which no field may hold, and a mark to look for.
WRONG_TEXTS = st.text(max_size=20).map(lambda text: f"sentinel {text}")
WRONG_TYPES = st.integers() | st.booleans() | st.lists(st.just("sentinel"), max_size=2) | st.just({"sentinel": 1})
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1).map(lambda text: f"sentinel{text}")


def parse(secret: dict[str, Any]) -> Any:
    return parse_connection("main", json.dumps(secret))


def test_the_basic_shape_calls_as_the_account_and_signs_with_its_token() -> None:
    connection = parse(BASIC)
    assert (connection.username, connection.password, connection.auth_token) == (ACCOUNT_SID, "token", "token")


def test_the_api_key_shape_calls_as_the_key_and_has_no_token() -> None:
    connection = parse(API_KEY)
    assert (connection.username, connection.password, connection.auth_token) == (API_KEY_SID, "secret", None)


def test_an_api_key_is_used_for_calls_even_where_a_token_stands_beside_it() -> None:
    connection = parse(API_KEY | {"authToken": "token"})
    assert (connection.username, connection.password, connection.auth_token) == (API_KEY_SID, "secret", "token")


def test_unknown_fields_are_ignored_and_null_and_empty_ones_are_absent() -> None:
    rotated = {"validationUrl": "https://example.com", "type": 1, "region": None, "defaultCountry": "", "apiKeySid": ""}
    assert parse(BASIC | rotated) == parse(BASIC)


def test_the_country_of_numbers_is_the_united_states_unless_it_is_given() -> None:
    assert parse(BASIC).default_country == "US"
    assert parse(BASIC | {"defaultCountry": "DE"}).default_country == "DE"


@given(NAMES, NAMES)
def test_region_and_edge_give_the_origin_that_the_vendors_sdk_calls(region: str | None, edge: str | None) -> None:
    vendor = Client(ACCOUNT_SID, "token", region=region, edge=edge, environment={})
    assert regional_url(region, edge) == vendor.get_hostname("https://api.twilio.com")


def test_region_and_edge_of_the_secret_are_used_unless_the_deployment_names_another_api() -> None:
    secret = json.dumps(BASIC | {"region": "ie1", "edge": "dublin"})
    assert parse_connection("main", secret).api_url == "https://api.dublin.ie1.twilio.com"
    assert parse_connection("main", secret, "http://127.0.0.1:1").api_url == "http://127.0.0.1:1"


@given(st.sampled_from(FIELDS), WRONG_TEXTS | WRONG_TYPES)
def test_a_malformed_field_is_named_and_never_quoted(field: str, value: Any) -> None:
    with pytest.raises(ConnectionConfigError) as caught:
        parse(EVERYTHING | {field: value})
    assert str(caught.value).startswith(f"Connection 'main': {field} is malformed; it must be ")
    assert "sentinel" not in str(caught.value)
    assert "sentinel" not in repr(caught.value.__cause__)


@pytest.mark.parametrize(
    ("secret", "field"),
    [
        ({"authToken": "token"}, "accountSid"),
        ({"accountSid": ACCOUNT_SID}, "authToken"),
        ({"accountSid": ACCOUNT_SID, "apiKeySid": API_KEY_SID}, "apiKeySecret"),
        (BASIC | {"apiKeySecret": "secret"}, "apiKeySid"),
        ({}, "accountSid"),
    ],
)
def test_a_missing_field_is_named(secret: dict[str, str], field: str) -> None:
    with pytest.raises(ConnectionConfigError, match=f"^Connection 'main': {field} is missing.$"):
        parse(secret)


@pytest.mark.parametrize("secret", ["", "sentinel", '{"accountSid": "sentinel', "[" * 100_000, '["sentinel"]', "null"])
def test_a_secret_of_another_form_is_refused_and_not_quoted(secret: str) -> None:
    with pytest.raises(ConnectionConfigError, match=r"^Connection 'main': the secret is not (a )?JSON") as caught:
        parse_connection("main", secret)
    assert "sentinel" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(SECRETS, SECRETS)
def test_no_repr_tells_a_secret(api_key_secret: str, auth_token: str) -> None:
    connection = parse(API_KEY | {"apiKeySecret": api_key_secret, "authToken": auth_token})
    assert (connection.password, connection.auth_token) == (api_key_secret, auth_token)
    assert "sentinel" not in f"{connection!r}{connection}"


def test_a_separate_auth_token_may_name_its_account_and_must_not_name_another() -> None:
    for secret in ({"authToken": "token"}, BASIC):
        assert parse_auth_token("main", json.dumps(secret), ACCOUNT_SID) == "token"
    with pytest.raises(ConnectionConfigError, match="main/auth-token': accountSid is not that of connection 'main'"):
        parse_auth_token("main", json.dumps(BASIC), "AC" + "f" * 32)
    with pytest.raises(ConnectionConfigError, match="main/auth-token': authToken is missing"):
        parse_auth_token("main", "{}", ACCOUNT_SID)
