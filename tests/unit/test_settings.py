"""Settings: typed values from the environment, or an error that names the variable."""

import pytest

from twilio_connector.settings import ConnectionSettings, PollSettings, SendSettings, SettingsError, load

POLL = {
    "STATE_TABLE_NAME": "state",
    "POLL_OVERLAP_SECONDS": "300",
    "POLL_MAX_MESSAGES": "10000",
    "MAX_MESSAGES_PER_EVENT": "100",
}


def test_variables_become_typed_fields_and_others_are_ignored() -> None:
    assert load(PollSettings, POLL | {"PATH": "/bin"}) == PollSettings("state", 300, 10_000, 100)


@pytest.mark.parametrize("env", [{"CONNECTION_PREFIX": "p/"}, {"CONNECTION_PREFIX": "p/", "TWILIO_API_URL": ""}])
def test_a_field_with_a_default_may_be_unset_or_empty(env: dict[str, str]) -> None:
    assert load(ConnectionSettings, env) == ConnectionSettings("p/", "https://api.twilio.com")


def test_the_callback_address_may_be_empty() -> None:
    env = {"STATE_TABLE_NAME": "state", "UNKNOWN_HOLD_SECONDS": "0", "STATUS_CALLBACK_BASE_URL": ""}
    assert load(SendSettings, env) == SendSettings("state", 0, "")


@pytest.mark.parametrize("name", POLL)
def test_a_required_variable_that_is_missing_is_named(name: str) -> None:
    for env in ({key: value for key, value in POLL.items() if key != name}, POLL | {name: ""}):
        with pytest.raises(SettingsError, match=f"{name} is not set"):
            load(PollSettings, env)


@pytest.mark.parametrize("value", ["many", "-1", "3.5", " 5", "٣", "0x10"])
def test_a_malformed_number_is_named_and_not_quoted(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(PollSettings, POLL | {"POLL_MAX_MESSAGES": value})
    assert str(caught.value) == "The environment variable POLL_MAX_MESSAGES is not a whole number."
