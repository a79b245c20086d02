"""Which credentials requests are made with around a rotation, and what looking for them costs."""

import json

import pytest

from tests.support.fakes import TIMED_OUT
from tests.support.rotating_secret import ACCOUNT_SID, OTHER_ACCOUNT, RotatingSecret, basic
from twilio_connector.connections.secret_cache import CACHE_SECONDS
from twilio_connector.connections.spacing import MAX_PAUSE_SECONDS
from twilio_connector.errors import ConnectionConfigError, ServiceUnavailableError


@pytest.fixture
def rotating() -> RotatingSecret:
    return RotatingSecret()


def promote(rotating: RotatingSecret) -> None:
    """Let Twilio take nothing but what is pending."""
    rotating.put("AWSPENDING", basic("second"))
    rotating.taken = {"second"}


def finish(rotating: RotatingSecret) -> None:
    """Make the pending version the current one."""
    rotating.secrets.move("default", "AWSCURRENT", "AWSPREVIOUS")
    rotating.secrets.move("default", "AWSPENDING", "AWSCURRENT")


def test_while_twilio_takes_the_current_credentials_nothing_else_is_read(rotating: RotatingSecret) -> None:
    rotating.put("AWSPENDING", basic("second"))
    rotating.taken = {"first", "second"}
    assert rotating.reads_of(3) == 1
    assert rotating.tried == ["first"]


@pytest.mark.parametrize("warm", [True, False])
def test_pending_credentials_are_found_once_and_then_used_at_once(rotating: RotatingSecret, warm: bool) -> None:
    if warm:
        assert rotating.request()
    promote(rotating)
    assert rotating.request()
    assert rotating.tried == ["first", "second"]
    assert rotating.reads_of(5) == 0
    assert rotating.tried == ["second"]


def test_credentials_that_have_become_current_are_tried_before_pending_ones(rotating: RotatingSecret) -> None:
    assert rotating.request()
    rotating.put("AWSCURRENT", basic("second"))
    rotating.put("AWSPENDING", basic("third"))
    rotating.taken = {"second", "third"}
    assert rotating.request()
    assert rotating.tried == ["first", "second"]
    assert rotating.secrets.reads["default", "AWSPENDING"] == 0


def test_once_the_rotation_is_finished_nothing_is_tried_in_vain(rotating: RotatingSecret) -> None:
    promote(rotating)
    assert rotating.request()
    rotating.clock.now += CACHE_SECONDS / 2
    finish(rotating)
    for _ in range(4):
        assert rotating.request()
        assert rotating.tried == ["second"]
        rotating.clock.now += CACHE_SECONDS / 2
    assert not rotating.store.get("default").instead_of


def test_a_rotation_that_is_called_off_leads_back_to_the_current_credentials(rotating: RotatingSecret) -> None:
    promote(rotating)
    assert rotating.request()
    rotating.taken = {"first"}
    assert rotating.request()
    assert rotating.tried == ["second", "first"]
    assert rotating.request()
    assert rotating.tried == ["first"]


def test_what_was_refused_is_not_tried_again_in_the_same_request(rotating: RotatingSecret) -> None:
    promote(rotating)
    assert rotating.request()
    rotating.taken = set()
    assert not rotating.request()
    assert rotating.tried == ["second", "first"]


def test_pending_credentials_are_not_used_for_longer_than_they_are_pending(rotating: RotatingSecret) -> None:
    promote(rotating)
    assert rotating.request()
    rotating.secrets.remove("default", "AWSPENDING")
    rotating.taken = {"first", "second"}
    rotating.clock.now += CACHE_SECONDS
    assert rotating.request()
    assert rotating.tried == ["first"]


def test_what_its_owner_stores_meanwhile_goes_before_what_is_pending(rotating: RotatingSecret) -> None:
    promote(rotating)
    assert rotating.request()
    rotating.put("AWSCURRENT", basic("third"))
    rotating.taken = {"second", "third"}
    rotating.clock.now += CACHE_SECONDS
    assert rotating.request()
    assert rotating.tried == ["third"]


def test_a_rotation_that_does_not_finish_is_lived_with(rotating: RotatingSecret) -> None:
    promote(rotating)
    assert rotating.request()
    for _ in range(10):
        rotating.clock.now += CACHE_SECONDS
        assert rotating.reads_of(10) == 2
        assert rotating.tried == ["second"]


def test_the_previous_version_is_never_used(rotating: RotatingSecret) -> None:
    rotating.put("AWSPREVIOUS", basic("zeroth"))
    rotating.taken = {"zeroth"}
    assert not rotating.request()
    assert rotating.tried == ["first"]
    assert rotating.secrets.reads["default", "AWSPREVIOUS"] == 0


@pytest.mark.parametrize("stage", ["AWSCURRENT", "AWSPENDING"])
def test_credentials_of_another_account_are_not_used_for_a_request_of_this_one(
    rotating: RotatingSecret, stage: str
) -> None:
    assert rotating.request()
    rotating.put(stage, basic("second", OTHER_ACCOUNT))
    rotating.taken = {"second"}
    assert not rotating.request()
    assert rotating.tried == ["first"]


@pytest.mark.parametrize("text", ["", "{}", "{no json", '"second"', basic("two words"), basic("first")])
def test_a_pending_version_that_cannot_be_used_is_passed_over(rotating: RotatingSecret, text: str) -> None:
    rotating.put("AWSPENDING", text)
    rotating.taken = set()
    assert not rotating.request()
    assert rotating.tried == ["first"]


def test_a_pending_version_brings_its_credentials_and_nothing_else(rotating: RotatingSecret) -> None:
    current = {
        "accountSid": ACCOUNT_SID,
        "authToken": "first",
        "region": "ie1",
        "edge": "dublin",
        "defaultCountry": "IE",
    }
    key = {"accountSid": ACCOUNT_SID, "apiKeySid": "SK" + "1" * 32, "apiKeySecret": "second"}
    rotating.put("AWSCURRENT", json.dumps(current))
    rotating.put("AWSPENDING", json.dumps(key))
    rotating.taken = {"second"}
    assert rotating.request()
    found = rotating.store.get("default")
    assert (found.api_url, found.default_country) == ("https://api.dublin.ie1.twilio.com", "IE")
    assert (found.credentials, found.auth_token) == (("SK" + "1" * 32, "second"), "first")


def test_a_secret_that_stays_wrong_is_read_less_and_less(rotating: RotatingSecret) -> None:
    rotating.taken = set()
    assert rotating.reads_of(100) <= 5
    rotating.clock.now += MAX_PAUSE_SECONDS
    for _ in range(20):
        assert rotating.reads_of(50) <= 2
        rotating.clock.now += MAX_PAUSE_SECONDS / 2
    rotating.put("AWSCURRENT", basic("second"))
    rotating.taken = {"second"}
    rotating.clock.now += MAX_PAUSE_SECONDS
    assert rotating.request()


def test_a_secret_that_was_just_corrected_serves_the_next_request(rotating: RotatingSecret) -> None:
    rotating.taken = {"second"}
    assert not rotating.request()
    rotating.put("AWSCURRENT", basic("second"))
    assert rotating.request()


def test_a_request_that_is_taken_makes_the_next_refusal_count_as_the_first(rotating: RotatingSecret) -> None:
    for _ in range(5):
        rotating.taken = set()
        rotating.request()
        rotating.taken = {"first"}
        assert rotating.request()
    promote(rotating)
    assert rotating.request()


def test_a_version_that_cannot_be_read_is_told_and_asked_for_again(rotating: RotatingSecret) -> None:
    assert rotating.request()
    promote(rotating)
    for stage in ("AWSCURRENT", "AWSPENDING"):
        rotating.secrets.failing = {("default", stage)}
        for _ in range(5):
            with pytest.raises(ServiceUnavailableError):
                rotating.request()
    rotating.secrets.failing = set()
    assert rotating.request()


def test_a_secret_that_has_become_malformed_is_told(rotating: RotatingSecret) -> None:
    assert rotating.request()
    rotating.put("AWSCURRENT", "{}")
    rotating.taken = set()
    with pytest.raises(ConnectionConfigError, match="accountSid is missing"):
        rotating.request()


def test_pending_credentials_that_cannot_be_read_again_are_not_used_from_memory(rotating: RotatingSecret) -> None:
    promote(rotating)
    assert rotating.request()
    rotating.clock.now += CACHE_SECONDS
    rotating.secrets.failure = TIMED_OUT
    with pytest.raises(ServiceUnavailableError):
        rotating.request()


def test_neither_version_shows(rotating: RotatingSecret) -> None:
    promote(rotating)
    rotating.request()
    shown = repr(rotating.store.get("default"))
    assert "first" not in shown
    assert "second" not in shown
