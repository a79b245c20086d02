"""Webhooks around the rotation of an auth token, and what forgeries cost."""

import json
from typing import Any

import pytest

from tests.support.fakes import TIMED_OUT
from tests.support.webhook_deployment import OTHER_ACCOUNT, Deployment, forged, unsigned
from tests.support.webhook_requests import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    STATUS,
    form_event,
    get_event,
    json_event,
)
from twilio_connector.webhook.budget import LATEST_START_SECONDS, REFRESH_SECONDS


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def test_what_there_is_no_time_to_verify_is_not_called_a_forgery(deployed: Deployment) -> None:
    deployed.secrets.seconds = LATEST_START_SECONDS
    assert deployed.status_of(forged(form_event(STATUS))) == 503


def test_what_a_failed_refresh_could_not_verify_is_never_called_a_forgery(deployed: Deployment) -> None:
    assert deployed.status_of(form_event(STATUS)) == 204
    deployed.rotate("second")
    deployed.secrets.failure = TIMED_OUT
    assert deployed.status_of(form_event(STATUS, token="second")) == 503
    assert deployed.status_of(form_event(STATUS)) == 204
    deployed.secrets.failure = None
    assert deployed.status_of(form_event(STATUS, token="second")) == 204


@pytest.mark.parametrize("make", [form_event, get_event])
def test_a_rotation_loses_nothing_that_names_the_account(deployed: Deployment, make: Any) -> None:
    assert deployed.status_of(make(STATUS)) == 204
    deployed.rotate("second")
    assert deployed.status_of(make(STATUS, token="second")) == 204
    assert deployed.status_of(make(STATUS, token=AUTH_TOKEN)) == 204
    deployed.clock.now += 601
    assert deployed.status_of(make(STATUS, token=AUTH_TOKEN)) == 403
    assert deployed.status_of(make(STATUS, token="second")) == 204


def test_a_cold_start_after_a_rotation_still_takes_the_previous_token(deployed: Deployment) -> None:
    deployed.rotate("second")
    assert deployed.status_of(form_event(STATUS)) == 204
    assert deployed.status_of(json_event({"names": "nobody"})) == 204


def test_forgeries_that_do_not_name_the_account_cost_nothing(deployed: Deployment) -> None:
    assert deployed.status_of(form_event(STATUS)) == 204
    reads = deployed.secrets.reads.total()
    for event in (form_event({"a": "1"}), json_event({}), form_event({**STATUS, "AccountSid": OTHER_ACCOUNT})):
        assert deployed.status_of(forged(event)) == 403
    assert deployed.secrets.reads.total() == reads
    deployed.rotate("second")
    assert deployed.status_of(form_event(STATUS, token="second")) == 204


def test_forgeries_that_name_the_account_cause_one_refresh_at_a_time(deployed: Deployment) -> None:
    assert {deployed.status_of(forged(form_event(STATUS))) for _ in range(20)} == {403}
    reads = deployed.secrets.reads.total()
    assert reads <= 4
    deployed.clock.now += REFRESH_SECONDS
    assert deployed.status_of(forged(form_event(STATUS))) == 403
    assert deployed.secrets.reads.total() <= reads + 3


def test_for_an_unsigned_request_no_secret_is_read(deployed: Deployment) -> None:
    assert deployed.status_of(unsigned(STATUS)) == 403
    assert deployed.secrets.reads.total() == 0


def test_a_token_added_to_a_connection_without_one_is_found(deployed: Deployment) -> None:
    api_key = {"accountSid": ACCOUNT_SID, "apiKeySid": "SK" + "1" * 32, "apiKeySecret": "key-secret"}
    deployed.secrets.put("default", json.dumps(api_key))
    assert deployed.status_of(json_event({})) == 403
    deployed.secrets.put("default/auth-token", json.dumps({"authToken": AUTH_TOKEN}))
    assert deployed.status_of(form_event(STATUS)) == 204
