"""Webhooks signed with shared keys, as Webhook Rules have them signed: what is accepted, when, and what is not."""

import json
from typing import Any

import pytest

from tests.support.log_lines import log_lines
from tests.support.webhook_deployment import KEY_ONLY, Deployment, forged
from tests.support.webhook_requests import ACCOUNT_SID, AUTH_TOKEN, STATUS, form_event, get_event, json_event
from tests.support.webhook_signers import (
    KEY_ID,
    KEY_SECRET,
    SHARED_KEYS,
    SIGNERS,
    Signer,
    secret_with,
    signed_by,
    with_settings,
)
from twilio_connector.webhook.budget import REFRESH_SECONDS

SHA1, SHA256 = SHARED_KEYS
TOKEN = Signer()
OTHER_ID, OTHER_SECRET = "webhooks_sharedkey_other", "b3RoZXItc2VjcmV0"
OTHER = Signer(OTHER_SECRET, OTHER_ID, "HMAC_SHA256")
REQUESTS = {"form": form_event(STATUS), "get": get_event(STATUS), "json": json_event({"AccountSid": ACCOUNT_SID})}
FORM = REQUESTS["form"]
SEPARATE = "default/auth-token"

signed = pytest.mark.parametrize("signer", SHARED_KEYS, ids=["sha1", "sha256"])


@pytest.fixture
def deployed() -> Deployment:
    """A connection with an auth token and one shared key."""
    deployed = Deployment()
    put(deployed, authToken=AUTH_TOKEN, sharedKeys={KEY_ID: KEY_SECRET})
    return deployed


def put(deployed: Deployment, name: str = "default", stage: str = "AWSCURRENT", **fields: object) -> None:
    text = json.dumps(secret_with(**fields))
    deployed.secrets.put(name, text, stage=stage, created=deployed.clock.now)


def causes(deployed: Deployment, event: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The cause that *event* is refused for; none if it is accepted."""
    capsys.readouterr()
    deployed.receive(event)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "SignatureFailures" in line]
    return [line["cause"] for line in lines]


@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("signer", SIGNERS, ids=["token", "sha1", "sha256"])
def test_every_signer_is_accepted_for_every_kind_of_request(
    deployed: Deployment, signer: Signer, request_name: str
) -> None:
    assert deployed.status_of(signed_by(signer, REQUESTS[request_name])) == 204
    assert len(deployed.bus.entries) == 1


@signed
@pytest.mark.parametrize("beside", [{}, {"authToken": "another"}], ids=["keys alone", "keys beside a token"])
def test_shared_keys_may_stand_in_the_secret_of_the_auth_token(
    deployed: Deployment, signer: Signer, beside: dict[str, str]
) -> None:
    deployed.secrets.put("default", json.dumps(KEY_ONLY))
    deployed.secrets.put(SEPARATE, json.dumps({"sharedKeys": {KEY_ID: KEY_SECRET}, **beside}))
    assert deployed.status_of(signed_by(signer, FORM)) == 204
    assert deployed.status_of(signed_by(Signer("another"), FORM)) == (204 if beside else 403)


def test_keys_of_both_secrets_count_and_several_secrets_of_one_id_do(deployed: Deployment) -> None:
    deployed.secrets.put(SEPARATE, json.dumps({"sharedKeys": {KEY_ID: "second", OTHER_ID: OTHER_SECRET}}))
    for signer in (SHA256, SHA256.with_secret("second"), OTHER):
        assert deployed.status_of(signed_by(signer, FORM)) == 204


@signed
def test_with_settings_only_the_named_key_counts(deployed: Deployment, signer: Signer) -> None:
    put(deployed, authToken=AUTH_TOKEN, sharedKeys={KEY_ID: KEY_SECRET, OTHER_ID: OTHER_SECRET})
    for secret in (AUTH_TOKEN, OTHER_SECRET, KEY_ID, ""):
        assert deployed.status_of(signed_by(signer.with_secret(secret), FORM)) == 403


@signed
def test_without_settings_no_shared_key_counts(deployed: Deployment, signer: Signer) -> None:
    assert deployed.status_of(with_settings(signed_by(signer, FORM), None)) == 403


def test_a_key_signs_by_the_algorithm_that_is_named(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    assert causes(deployed, with_settings(signed_by(SHA1, FORM), SHA256.settings), capsys) == ["length"]
    assert causes(deployed, with_settings(signed_by(SHA256, FORM), SHA1.settings), capsys) == ["length"]


@pytest.mark.parametrize("fields", [{"apiKeySid": KEY_ONLY["apiKeySid"], "apiKeySecret": "secret"}], ids=["API key"])
def test_a_connection_with_shared_keys_alone_accepts_nothing_signed_otherwise(
    deployed: Deployment, fields: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    put(deployed, **fields, sharedKeys={KEY_ID: KEY_SECRET})
    assert deployed.status_of(signed_by(SHA256, FORM)) == 204
    for secret in (KEY_SECRET, AUTH_TOKEN, "secret"):
        assert causes(deployed, signed_by(Signer(secret), FORM), capsys) == ["no_token"]


def test_a_token_that_was_taken_away_in_favour_of_shared_keys_is_not_accepted_any_more(deployed: Deployment) -> None:
    put(deployed, stage="AWSPREVIOUS", authToken=AUTH_TOKEN)
    put(deployed, apiKeySid=KEY_ONLY["apiKeySid"], apiKeySecret="secret", sharedKeys={KEY_ID: KEY_SECRET})
    assert deployed.status_of(signed_by(SHA256, FORM)) == 204
    assert deployed.status_of(signed_by(TOKEN, FORM)) == 403


def test_an_unknown_key_is_refused_and_told_without_its_name(
    deployed: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    with log_lines() as lines:
        assert causes(deployed, signed_by(OTHER, FORM), capsys) == ["unknown_key"]
    [told] = [line for line in map(json.loads, lines) if line["level"] == "ERROR"]
    assert told["reason"] == "Connection 'default' has no shared key with the ID that the webhook was signed with."
    assert OTHER_ID not in str(lines)


@pytest.mark.parametrize("place", ["default", SEPARATE])
@pytest.mark.parametrize("stage", ["AWSCURRENT", "AWSPENDING"])
def test_a_key_that_is_added_is_found_by_the_refresh(deployed: Deployment, place: str, stage: str) -> None:
    if place == SEPARATE:
        put(deployed, SEPARATE, sharedKeys={KEY_ID: KEY_SECRET})
    assert deployed.status_of(signed_by(SHA256, FORM)) == 204
    put(deployed, place, stage, authToken=AUTH_TOKEN, sharedKeys={OTHER_ID: OTHER_SECRET})
    assert deployed.status_of(signed_by(OTHER, FORM)) == 204


@pytest.mark.parametrize("place", ["default", SEPARATE])
def test_during_a_rotation_the_old_key_and_the_new_one_count(deployed: Deployment, place: str) -> None:
    put(deployed, authToken=AUTH_TOKEN)
    put(deployed, place, authToken=AUTH_TOKEN, sharedKeys={KEY_ID: KEY_SECRET})
    assert deployed.status_of(signed_by(SHA256, FORM)) == 204
    deployed.secrets.move(place, "AWSCURRENT", "AWSPREVIOUS")
    put(deployed, place, authToken=AUTH_TOKEN, sharedKeys={OTHER_ID: OTHER_SECRET})
    assert deployed.status_of(signed_by(OTHER, FORM)) == 204
    assert deployed.status_of(signed_by(SHA256, FORM)) == 204
    deployed.clock.now += 601
    assert deployed.status_of(signed_by(SHA256, FORM)) == 403
    assert deployed.status_of(signed_by(OTHER, FORM)) == 204


def test_during_a_rotation_two_secrets_of_one_id_count(deployed: Deployment) -> None:
    assert deployed.status_of(signed_by(SHA256, FORM)) == 204
    deployed.secrets.move("default", "AWSCURRENT", "AWSPREVIOUS")
    put(deployed, authToken=AUTH_TOKEN, sharedKeys={KEY_ID: "second"})
    put(deployed, stage="AWSPENDING", authToken=AUTH_TOKEN, sharedKeys={KEY_ID: "third"})
    for secret in ("second", KEY_SECRET, "third", KEY_SECRET, "second"):
        assert deployed.status_of(signed_by(SHA256.with_secret(secret), FORM)) == 204
    assert deployed.status_of(signed_by(SHA256.with_secret("fourth"), FORM)) == 403


def test_unknown_keys_spend_the_refresh_that_wrong_signatures_spend(deployed: Deployment) -> None:
    assert deployed.status_of(signed_by(TOKEN, FORM)) == 204
    reads = deployed.secrets.reads.total()
    for event in (signed_by(OTHER, get_event({"a": "1"})), signed_by(OTHER, json_event({}))):
        assert deployed.status_of(event) == 403
    # The connection's second secret, which does not exist.
    assert deployed.secrets.reads.total() == reads + 1
    assert {deployed.status_of(signed_by(OTHER, FORM)) for _ in range(20)} == {403}
    refreshed = deployed.secrets.reads.total()
    assert reads < refreshed <= reads + 5
    assert deployed.status_of(forged(FORM)) == 403
    assert deployed.secrets.reads.total() == refreshed
    deployed.clock.now += REFRESH_SECONDS
    assert deployed.status_of(signed_by(OTHER, FORM)) == 403
    assert deployed.secrets.reads.total() > refreshed


@pytest.mark.parametrize(
    "keys", [["s"], "s", 1, {KEY_ID: ""}, {KEY_ID: 1}, {KEY_ID: None}, {"": "s"}, {"a,b": "s"}, {"a=b": "s"}]
)
@pytest.mark.parametrize("place", ["default", SEPARATE])
def test_wrong_shapes_refuse_with_the_cause_of_the_connection(
    deployed: Deployment, place: str, keys: object, capsys: pytest.CaptureFixture[str]
) -> None:
    put(deployed, place, authToken=AUTH_TOKEN, sharedKeys=keys)
    with log_lines() as lines:
        assert causes(deployed, signed_by(SHA256, FORM), capsys) == ["connection"]
    assert "sharedKeys is malformed" in str(lines)


def test_keys_do_not_show(deployed: Deployment) -> None:
    assert deployed.status_of(signed_by(SHA256, FORM)) == 204
    put(deployed, stage="AWSPREVIOUS", authToken=AUTH_TOKEN, sharedKeys={OTHER_ID: OTHER_SECRET})
    assert deployed.status_of(signed_by(OTHER, FORM)) == 204
    shown = repr(vars(deployed.webhook.keys)) + repr(deployed.webhook.connections.find("default"))
    assert KEY_SECRET not in shown
    assert OTHER_SECRET not in shown
