"""Whose a request is, and whether its body is the one that Twilio signed for."""

import json
from hashlib import sha256
from typing import Any

import pytest

from tests.support.webhook_deployment import OTHER_ACCOUNT, Deployment
from tests.support.webhook_requests import (
    ACCOUNT_SID,
    API_URL,
    AUTH_TOKEN,
    FORM,
    form_event,
    http_event,
    json_event,
)
from twilio_connector.webhook.signature import signature


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


@pytest.mark.parametrize(
    "event",
    [
        form_event({"AccountSid": OTHER_ACCOUNT, "ParentAccountSid": ACCOUNT_SID, "Level": "ERROR"}),
        json_event({"account_sid": "crm-42"}),
        json_event({"AccountSid": OTHER_ACCOUNT, "data": {"accountSid": 7}}),
        json_event([{"data": {"accountSid": ACCOUNT_SID}}, {"data": {"account_sid": OTHER_ACCOUNT}}]),
    ],
    ids=["debugger", "studio", "other", "event-streams"],
)
def test_a_signature_proves_what_tells_of_a_subaccount_or_is_no_form(deployed: Deployment, event: Any) -> None:
    assert deployed.status_of(event) == 204
    assert len(deployed.bus.entries) == 1


def signed_by_url(method: str, query: str, body: bytes = b"", content_type: str = "application/json") -> Any:
    made = signature(AUTH_TOKEN, f"{API_URL}/webhook/default?{query}", {})
    headers = {"content-type": content_type, "x-twilio-signature": made}
    return http_event(method=method, query=query, body=body, headers=headers)


def hash_of(body: bytes) -> str:
    return f"bodySHA256={sha256(body).hexdigest()}"


@pytest.mark.parametrize("content_type", ["application/json", "application/cloudevents+json", ""])
def test_a_get_with_a_document_that_its_url_names_is_read_like_a_post(deployed: Deployment, content_type: str) -> None:
    body = b'[{"specversion": "1.0", "id": "EZ1"}, {"specversion": "1.0", "id": "EZ2"}]'
    assert deployed.status_of(signed_by_url("GET", hash_of(body), body, content_type)) == 204
    details = [json.loads(entry["Detail"]) for entry in deployed.bus.entries]
    assert [detail["body"]["data"]["id"] for detail in details] == ["EZ1", "EZ2"]


def test_a_get_with_a_form_that_its_url_names_is_read_like_a_post(deployed: Deployment) -> None:
    ids = set()
    for body in (b"a=1", b"a=2"):
        event = signed_by_url("GET", hash_of(body), body, FORM)
        fields = {"a": [body.decode()[-1]]}
        event["headers"]["x-twilio-signature"] = signature(
            AUTH_TOKEN, f"{API_URL}/webhook/default?{hash_of(body)}", fields
        )
        assert deployed.status_of(event) == 204
        detail = json.loads(deployed.bus.entries[-1]["Detail"])
        assert detail["body"]["data"] == {"a": body.decode()[-1]}
        ids.add(detail["id"])
    assert len(ids) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        *(("application/json", body) for body in (b"", b"{}", b"a=1")),
        *((FORM, body) for body in (b"", b"a=1")),
        ("", b""),
    ],
)
def test_a_body_that_is_not_the_one_its_url_names_is_refused(
    deployed: Deployment, capsys: pytest.CaptureFixture[str], method: str, content_type: str, body: bytes
) -> None:
    assert deployed.status_of(signed_by_url(method, hash_of(b"another"), body, content_type)) == 403
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [one["cause"] for one in metrics if "SignatureFailures" in one] == ["body_hash"]
    assert deployed.bus.entries == []


def test_a_parameter_that_only_holds_the_name_of_the_hash_asks_for_none(deployed: Deployment) -> None:
    assert deployed.status_of(signed_by_url("GET", "note=bodySHA256&my-bodySHA256=1")) == 204


def test_nothing_at_all_as_json_with_the_hash_of_nothing_is_null(deployed: Deployment) -> None:
    assert deployed.status_of(signed_by_url("POST", hash_of(b""))) == 204
    [entry] = deployed.bus.entries
    assert json.loads(entry["Detail"])["body"] == {"data": None}


def test_a_get_without_a_body_whose_hash_is_that_of_nothing_keeps_its_parameters(deployed: Deployment) -> None:
    assert deployed.status_of(signed_by_url("GET", f"a=1&{hash_of(b'')}")) == 204
    [entry] = deployed.bus.entries
    assert json.loads(entry["Detail"])["body"]["data"]["a"] == "1"
