"""Connections: what a secret may hold, and that no error or repr shows it."""

import json
from typing import Any

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.rest import Client

from twilio_connector.connections.connection import parse_connection, parse_webhook_keys, regional_url
from twilio_connector.connections.countries import COUNTRIES
from twilio_connector.connections.webhook_keys import WebhookKeys
from twilio_connector.errors import ConnectionConfigError
from twilio_connector.settings import TWILIO_API_URL

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
API_KEY_SID = "SK" + "0123456789abcdef" * 2
BASIC = {"accountSid": ACCOUNT_SID, "authToken": "token"}
API_KEY = {"accountSid": ACCOUNT_SID, "apiKeySid": API_KEY_SID, "apiKeySecret": "secret"}
PARENT_SID = "AC" + "f" * 32
FIELDS = ["accountSid", "apiKeySid", "apiKeySecret", "authToken", "region", "edge", "defaultCountry", "sharedKeys"]
EVERYTHING = API_KEY | {
    "authToken": "token",
    "region": "ie1",
    "edge": "dublin",
    "defaultCountry": "IE",
    "sharedKeys": {"a": "secret"},
}

REGIONS = st.none() | st.sampled_from(["us1", "ie1", "au1", "br1"])
EDGES = st.none() | st.sampled_from(["dublin", "sydney", "ashburn-ix"])
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


@given(REGIONS, EDGES)
def test_region_and_edge_give_the_origin_that_the_vendors_sdk_calls(region: str | None, edge: str | None) -> None:
    vendor = Client(ACCOUNT_SID, "token", region=region, edge=edge, environment={})
    assert regional_url(region, edge) == vendor.get_hostname("https://api.twilio.com")


@pytest.mark.parametrize(("region", "edge"), [("us1", "ashburn"), ("ie1", "dublin"), ("au1", "sydney")])
def test_a_region_without_an_edge_means_the_edge_that_twilio_pairs_it_with(region: str, edge: str) -> None:
    assert parse(BASIC | {"region": region}).api_url == f"https://api.{edge}.{region}.twilio.com"
    assert parse(BASIC | {"region": region, "edge": "umatilla"}).api_url == f"https://api.umatilla.{region}.twilio.com"


@pytest.mark.parametrize("region", ["br1", "jp1", "ie2", "sentinel"])
@pytest.mark.parametrize("api_url", [TWILIO_API_URL, "http://127.0.0.1:1"])
def test_any_other_region_needs_an_edge(region: str, api_url: str) -> None:
    with pytest.raises(
        ConnectionConfigError, match=r"^Connection 'main': edge is missing; it is required with a region"
    ) as caught:
        parse_connection("main", json.dumps(BASIC | {"region": region}), api_url)
    assert region not in str(caught.value)


@pytest.mark.parametrize("country", ["UK", "EU", "gb", "GBR", "001", "ZZ", "US "])
def test_a_country_must_be_one_that_libphonenumber_knows(country: str) -> None:
    with pytest.raises(ConnectionConfigError, match=r"^Connection 'main': defaultCountry is malformed"):
        parse(BASIC | {"defaultCountry": country})


def test_the_countries_are_those_of_the_library_that_reads_the_numbers() -> None:
    assert set(phonenumbers.SUPPORTED_REGIONS) == COUNTRIES


def test_a_parent_s_token_calls_for_the_subaccount_and_signs_nothing() -> None:
    connection = parse(BASIC | {"parentAccountSid": PARENT_SID})
    assert connection.credentials == (PARENT_SID, "token")
    assert connection.account_sid == ACCOUNT_SID
    assert connection.auth_token is None
    assert connection.webhook_keys == WebhookKeys()


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        (API_KEY | {"parentAccountSid": PARENT_SID}, "parentAccountSid can only be used with authToken"),
        (API_KEY | {"authToken": "token", "parentAccountSid": PARENT_SID}, "parentAccountSid can only be used"),
        (BASIC | {"parentAccountSid": ACCOUNT_SID}, "parentAccountSid equals accountSid"),
        (BASIC | {"parentAccountSid": "sentinel"}, "parentAccountSid is malformed"),
        ({"accountSid": ACCOUNT_SID, "parentAccountSid": PARENT_SID}, "authToken is missing"),
    ],
    ids=["API key", "API key and token", "itself", "malformed", "no token"],
)
def test_a_parent_goes_with_its_auth_token_alone(secret: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConnectionConfigError, match=f"^Connection 'main': {sentence}") as caught:
        parse(secret)
    assert PARENT_SID not in str(caught.value)


def test_shared_keys_stand_beside_any_credentials() -> None:
    keys = {"webhooks_sharedkey_1": "c2VjcmV0/+==", "2": "s"}
    for secret in (BASIC, API_KEY, BASIC | {"parentAccountSid": PARENT_SID}):
        assert parse(secret | {"sharedKeys": keys}).shared_keys == keys
    nothing: list[object] = [None, "", {}]
    for absent in nothing:
        assert parse(BASIC | {"sharedKeys": absent}) == parse(BASIC)


@pytest.mark.parametrize(
    "keys",
    [
        {"sentinel": ""},
        {"sentinel": "sentinel sentinel"},
        {"sentinel": None},
        {"sentinel": {"sentinel": "sentinel"}},
        {"sentinel,": "sentinel"},
        {"sentinel=": "sentinel"},
        {"sentinel ": "sentinel"},
        {"": "sentinel"},
        {f"sentinel{number}": "sentinel" for number in range(101)},
    ],
    ids=["empty", "blank", "null", "object", "comma", "equals", "blank in the ID", "no ID", "too many"],
)
def test_malformed_shared_keys_are_named_and_neither_ids_nor_secrets_quoted(keys: dict[str, Any]) -> None:
    for parse_it in (
        lambda: parse(BASIC | {"sharedKeys": keys}),
        lambda: parse_webhook_keys("main", json.dumps({"sharedKeys": keys}), ACCOUNT_SID),
    ):
        with pytest.raises(ConnectionConfigError, match="sharedKeys is malformed") as caught:
            parse_it()
        assert "sentinel" not in str(caught.value)


def test_region_and_edge_of_the_secret_are_used_unless_the_deployment_names_another_api() -> None:
    secret = json.dumps(BASIC | {"region": "ie1", "edge": "dublin"})
    assert parse_connection("main", secret).api_url == "https://api.dublin.ie1.twilio.com"
    assert parse_connection("main", secret, "http://127.0.0.1:1").api_url == "http://127.0.0.1:1"


@given(st.sampled_from(FIELDS), WRONG_TEXTS | WRONG_TYPES)
@example("sharedKeys", {"sentinel": 1})
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


@given(SECRETS, SECRETS, SECRETS)
def test_no_repr_tells_a_secret(api_key_secret: str, auth_token: str, shared_key: str) -> None:
    keys = {"a": shared_key}
    connection = parse(API_KEY | {"apiKeySecret": api_key_secret, "authToken": auth_token, "sharedKeys": keys})
    assert (connection.password, connection.auth_token) == (api_key_secret, auth_token)
    assert connection.shared_keys == keys
    assert "sentinel" not in f"{connection!r}{connection}{connection.webhook_keys!r}"


def test_a_separate_secret_may_hold_shared_keys_or_a_token_or_both() -> None:
    for secret, keys in (
        ({"sharedKeys": {"a": "s"}}, WebhookKeys(None, {"a": "s"})),
        ({"sharedKeys": {"a": "s"}, "authToken": "token"}, WebhookKeys("token", {"a": "s"})),
        ({"sharedKeys": {}, "authToken": "token"}, WebhookKeys("token")),
    ):
        assert parse_webhook_keys("main", json.dumps(secret), ACCOUNT_SID) == keys


def test_a_separate_auth_token_may_name_its_account_and_must_not_name_another() -> None:
    for secret in ({"authToken": "token"}, BASIC):
        assert parse_webhook_keys("main", json.dumps(secret), ACCOUNT_SID) == WebhookKeys("token")
    with pytest.raises(ConnectionConfigError, match="main/auth-token': accountSid is not that of connection 'main'"):
        parse_webhook_keys("main", json.dumps(BASIC), "AC" + "f" * 32)
    with pytest.raises(ConnectionConfigError, match="main/auth-token': authToken is missing"):
        parse_webhook_keys("main", "{}", ACCOUNT_SID)
