"""Which tokens are accepted around a rotation, and what asking costs."""

import json

import pytest

from tests.support.fakes import TIMED_OUT, FakeClock, FakeSecrets
from tests.support.webhook_requests import ACCOUNT_SID
from twilio_connector.connections.secret_cache import CACHE_SECONDS, SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import ConnectionConfigError, ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.settings import ConnectionSettings
from twilio_connector.webhook.budget import REFRESH_SECONDS
from twilio_connector.webhook.signing_keys import SigningKeys

SOON = Deadline.after(3600)
PREVIOUS_SECONDS = 600
API_KEY = {"accountSid": ACCOUNT_SID, "apiKeySid": "SK" + "1" * 32, "apiKeySecret": "key-secret"}


def basic(token: str, account_sid: str = ACCOUNT_SID) -> str:
    return json.dumps({"accountSid": account_sid, "authToken": token})


class Rotation:
    """A connection whose token is rotated, and the tokens that the webhook accepts meanwhile."""

    def __init__(self, secret_name: str = "default") -> None:
        self.clock, self.secrets, self.secret_name = FakeClock(), FakeSecrets(), secret_name
        if secret_name != "default":
            self.secrets.put("default", json.dumps(API_KEY))
        self.secrets.put(secret_name, basic("first"), created=self.clock.now - 86_400)
        self.cache = SecretCache(self.secrets, "", self.clock)  # type: ignore[arg-type]
        self.connections = ConnectionStore(self.cache, ConnectionSettings(""))
        self.tokens = SigningKeys(self.connections, self.cache, PREVIOUS_SECONDS, self.clock)

    def candidates(self) -> list[str]:
        return self.tokens.candidates(self.connections.get("default"), SOON)

    def refresh(self) -> list[str]:
        """The tokens after a refresh; an empty list if it was not due."""
        connection = self.tokens.refresh(self.connections.get("default"), SOON)
        return self.tokens.candidates(connection, SOON) if connection else []

    def rotate(self) -> None:
        self.secrets.put(self.secret_name, basic("second"), created=self.clock.now)
        self.secrets.put(self.secret_name, basic("first"), stage="AWSPREVIOUS")


@pytest.fixture(params=["default", "default/auth-token"])
def rotation(request: pytest.FixtureRequest) -> Rotation:
    """With the token in the connection's own secret, and in a second one next to an API key's."""
    return Rotation(request.param)


def test_the_current_token_costs_one_read_of_each_secret(rotation: Rotation) -> None:
    assert [rotation.candidates() for _ in range(3)] == [["first"]] * 3
    assert set(rotation.secrets.reads.values()) == {1}
    assert {stage for _, stage in rotation.secrets.reads} == {"AWSCURRENT"}


def test_a_refresh_finds_the_new_token_and_keeps_the_previous_one(rotation: Rotation) -> None:
    rotation.candidates()
    rotation.rotate()
    assert rotation.candidates() == ["first"]
    assert rotation.refresh() == ["second", "first"]
    assert rotation.candidates() == ["second", "first"]


def test_a_refresh_finds_the_token_that_is_about_to_come(rotation: Rotation) -> None:
    rotation.secrets.put(rotation.secret_name, basic("second"), stage="AWSPENDING", created=rotation.clock.now)
    assert rotation.refresh() == ["first", "second"]


def test_the_previous_token_is_accepted_for_its_time_after_the_current_one_appeared(rotation: Rotation) -> None:
    rotation.rotate()
    rotation.refresh()
    rotation.clock.now += PREVIOUS_SECONDS - 1
    assert rotation.candidates() == ["second", "first"]
    rotation.clock.now += 1
    assert rotation.candidates() == ["second"]
    assert rotation.refresh() == ["second"]


def test_without_a_time_for_it_the_previous_token_is_not_even_read() -> None:
    rotation = Rotation()
    rotation.rotate()
    tokens = SigningKeys(rotation.connections, rotation.cache, 0, rotation.clock)
    connection = tokens.refresh(rotation.connections.get("default"), SOON)
    assert connection
    assert tokens.candidates(connection, SOON) == ["second"]
    assert rotation.secrets.reads["default", "AWSPREVIOUS"] == 0


def test_refreshes_are_spaced(rotation: Rotation) -> None:
    assert rotation.refresh() == ["first"]
    reads = rotation.secrets.reads.total()
    rotation.clock.now += REFRESH_SECONDS - 1
    assert rotation.refresh() == []
    assert rotation.secrets.reads.total() == reads
    rotation.clock.now += 1
    assert rotation.refresh() == ["first"]


def test_one_connection_s_refresh_is_not_another_s() -> None:
    rotation = Rotation()
    rotation.secrets.put("other", basic("other-token"))
    assert rotation.refresh() == ["first"]
    other = rotation.tokens.refresh(rotation.connections.get("other"), SOON)
    assert other
    assert rotation.tokens.candidates(other, SOON) == ["other-token"]


@pytest.mark.parametrize("stage", ["AWSPENDING", "AWSPREVIOUS"])
@pytest.mark.parametrize("text", ["", "{}", "not json", basic(""), basic("stolen", "AC" + "9" * 32)])
def test_an_unusable_version_beside_the_current_one_is_passed_over(rotation: Rotation, stage: str, text: str) -> None:
    rotation.rotate()
    rotation.secrets.put(rotation.secret_name, text, stage="AWSPREVIOUS")
    rotation.secrets.put(rotation.secret_name, text, stage=stage)
    assert rotation.refresh() == ["second"]


def test_a_pending_token_is_forgotten_with_the_cache(rotation: Rotation) -> None:
    rotation.secrets.put(rotation.secret_name, basic("second"), stage="AWSPENDING")
    rotation.refresh()
    rotation.clock.now += CACHE_SECONDS
    assert rotation.candidates() == ["first"]


def test_a_connection_without_token_has_none_however_often_it_is_asked() -> None:
    rotation = Rotation()
    rotation.secrets.put("default", json.dumps(API_KEY))
    assert rotation.candidates() == rotation.refresh() == []


def test_a_token_that_is_added_is_found_by_a_refresh() -> None:
    rotation = Rotation()
    rotation.secrets.put("default", json.dumps(API_KEY))
    assert rotation.candidates() == []
    rotation.secrets.put("default/auth-token", basic("added"))
    assert rotation.refresh() == ["added"]


def test_what_is_cached_survives_a_refresh_that_fails(rotation: Rotation) -> None:
    assert rotation.candidates() == ["first"]
    rotation.secrets.failure = TIMED_OUT
    assert rotation.refresh() == ["first"]
    assert rotation.candidates() == ["first"]


def test_a_refresh_that_failed_is_told_until_the_next_one(rotation: Rotation) -> None:
    rotation.candidates()
    rotation.tokens.raise_if_stale("default")
    rotation.secrets.failure = TIMED_OUT
    rotation.refresh()
    with pytest.raises(ServiceUnavailableError):
        rotation.tokens.raise_if_stale("default")
    rotation.secrets.failure = None
    rotation.refresh()
    rotation.tokens.raise_if_stale("default")


def test_the_first_repeat_finds_the_new_token_after_one_failure_in_a_rotation(rotation: Rotation) -> None:
    rotation.candidates()
    rotation.rotate()
    rotation.secrets.failure = TIMED_OUT
    assert rotation.refresh() == ["first"]
    rotation.secrets.failure = None
    assert rotation.refresh() == ["second", "first"]


def test_refreshes_that_keep_failing_become_rare(rotation: Rotation) -> None:
    rotation.candidates()
    rotation.secrets.failure = TIMED_OUT
    began, reads, at = rotation.clock.now, rotation.secrets.reads.total(), []
    for _ in range(100):
        rotation.refresh()
        if rotation.secrets.reads.total() > reads:
            reads = rotation.secrets.reads.total()
            at.append(rotation.clock.now - began)
        rotation.clock.now += 1
    assert at == [0, 1, 2, 5, 12, 27, 57, 87]


def test_a_refresh_that_succeeds_after_failures_makes_the_next_one_wait_as_usual(rotation: Rotation) -> None:
    rotation.candidates()
    rotation.secrets.failure = TIMED_OUT
    rotation.refresh()
    rotation.secrets.failure = None
    rotation.refresh()
    rotation.rotate()
    rotation.clock.now += REFRESH_SECONDS - 1
    assert rotation.refresh() == []
    rotation.clock.now += 1
    assert rotation.refresh() == ["second", "first"]


def test_a_new_token_serves_though_the_versions_beside_it_cannot_be_read(rotation: Rotation) -> None:
    rotation.candidates()
    rotation.rotate()
    rotation.secrets.failing = {(rotation.secret_name, "AWSPENDING")}
    assert rotation.refresh() == ["second"]
    with pytest.raises(ServiceUnavailableError):
        rotation.tokens.raise_if_stale("default")


def test_what_a_refresh_found_outlives_one_that_fails(rotation: Rotation) -> None:
    rotation.rotate()
    assert rotation.refresh() == ["second", "first"]
    rotation.clock.now += REFRESH_SECONDS
    rotation.secrets.failure = TIMED_OUT
    assert rotation.refresh() == ["second", "first"]


def test_no_secret_is_read_after_the_deadline(rotation: Rotation) -> None:
    rotation.candidates()
    reads = rotation.secrets.reads.total()
    rotation.tokens.refresh(rotation.connections.get("default"), Deadline.after(0))
    assert rotation.secrets.reads.total() == reads
    with pytest.raises(ServiceUnavailableError):
        rotation.tokens.raise_if_stale("default")


def test_a_token_that_was_rotated_away_twice_is_not_accepted_any_more(rotation: Rotation) -> None:
    rotation.rotate()
    assert rotation.refresh() == ["second", "first"]
    rotation.secrets.put(rotation.secret_name, basic("third"), created=rotation.clock.now)
    rotation.secrets.put(rotation.secret_name, basic("second"), stage="AWSPREVIOUS")
    rotation.clock.now += CACHE_SECONDS
    assert rotation.candidates() == ["third"]
    assert rotation.refresh() == ["third", "second"]


def test_tokens_of_the_account_that_a_connection_had_before_are_not_accepted_for_another() -> None:
    rotation = Rotation()
    rotation.rotate()
    assert rotation.refresh() == ["second", "first"]
    rotation.secrets.put("default", basic("second", "AC" + "9" * 32), created=rotation.clock.now)
    rotation.clock.now += CACHE_SECONDS
    assert rotation.candidates() == ["second"]


def test_a_connection_that_has_become_another_account_s_is_not_refreshed() -> None:
    rotation = Rotation()
    rotation.candidates()
    rotation.secrets.put("default", basic("theirs", "AC" + "9" * 32))
    assert rotation.refresh() == []


def test_a_secret_that_has_become_malformed_is_an_error_of_the_connection() -> None:
    rotation = Rotation()
    rotation.candidates()
    rotation.secrets.put("default", "{}")
    with pytest.raises(ConnectionConfigError, match="accountSid is missing"):
        rotation.refresh()


def test_tokens_do_not_show(rotation: Rotation) -> None:
    rotation.rotate()
    rotation.refresh()
    assert "first" in rotation.candidates()
    assert "first" not in repr(vars(rotation.tokens))
