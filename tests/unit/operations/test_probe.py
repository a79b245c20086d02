"""What the webhook makes of the doctor's probe."""

import json

import pytest

from local.schemas import validate_detail
from tests.support.webhook_deployment import Deployment, forged
from tests.support.webhook_requests import ACCOUNT_SID, form_event

PROBE = {"ConnectorProbe": "0123abcd", "AccountSid": ACCOUNT_SID}


@pytest.mark.parametrize(
    ("form", "detail_type", "event_id"),
    [
        (PROBE, "Connector Probe", "0123abcd"),
        ({**PROBE, "ConnectorProbe": ""}, "Webhook Received", ""),
        ({**PROBE, "MessageSid": "SM1", "MessageStatus": "sent"}, "Message Status Updated", "SM1:sent"),
        ({**PROBE, "MessageSid": "SM1", "SmsStatus": "received"}, "Message Received", "SM1"),
    ],
)
def test_a_probe_becomes_an_event_of_its_own_and_disguises_nothing_else(
    form: dict[str, str], detail_type: str, event_id: str
) -> None:
    deployment = Deployment()
    deployment.receive(form_event(form))
    [entry] = deployment.bus.entries
    detail = json.loads(entry["Detail"])
    assert entry["DetailType"] == detail_type
    assert detail["id"] == event_id or not event_id
    assert detail["body"]["data"] == form
    validate_detail(detail_type, detail)


def test_a_forged_probe_is_refused_like_any_webhook() -> None:
    deployment = Deployment()
    assert deployment.status_of(forged(form_event(PROBE))) == 403
    assert deployment.status_of(form_event({**PROBE, "AccountSid": "AC" + "9" * 32})) == 403
    assert deployment.bus.entries == []
