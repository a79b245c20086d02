"""Every cause of a refusal is the owner's to look at, or strangers' noise: none is refused in silence."""

import ast
import json
import warnings
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support.metric_lines import emitted
from tests.support.webhook_costs import without_signature
from tests.support.webhook_deployment import KEY_ONLY, OTHER_ACCOUNT, Deployment, forged, unsigned
from tests.support.webhook_hostile_requests import strangers_requests
from tests.support.webhook_requests import AUTH_TOKEN, STATUS, form_event, json_event
from tests.support.webhook_signers import KEY_ID, SHARED_KEYS, Signer, signed_by, with_settings
from twilio_connector.invocation.observability import metrics
from twilio_connector.webhook.causes import ALARMED_APART, OWNERS, STRANGERS, Cause, rings
from twilio_connector.webhook.lookups import FIRST_PER_SECOND

WEBHOOK = PROJECT_ROOT / "layers/twilio_connector/python/twilio_connector/webhook"
SHA256 = SHARED_KEYS[1]

Receive = Callable[[Deployment], Any]


def changed(event: dict[str, Any], **headers: str) -> dict[str, Any]:
    return {**event, "headers": {**event["headers"], **{name.replace("_", "-"): headers[name] for name in headers}}}


def receive(event: dict[str, Any], secret: object = None) -> Receive:
    """Receives *event*, at a connection with the *secret*, if any is given."""

    def received(deployed: Deployment) -> Any:
        if secret is not None:
            deployed.secrets.put("default", json.dumps(secret))
        return deployed.receive(event)

    return received


def with_method(method: str) -> dict[str, Any]:
    event = form_event(STATUS)
    event["requestContext"]["http"]["method"] = method
    return event


def more_names_than_may_be_looked_up(deployed: Deployment) -> Any:
    for number in range(FIRST_PER_SECOND):
        deployed.webhook.lookups.was_absent(f"absent-{number}")
    return deployed.receive(form_event(STATUS, connection="nobody"))


# How each is brought about, and its answer.
PROVOKED: dict[Cause, tuple[Receive, int]] = {
    Cause.MISSING: (receive(unsigned(STATUS)), 403),
    Cause.MALFORMED: (receive(changed(form_event(STATUS), x_twilio_signature="no base64!")), 403),
    Cause.LENGTH: (receive(changed(form_event(STATUS), x_twilio_signature="A" * 40)), 403),
    Cause.SETTINGS: (receive(with_settings(form_event(STATUS), "key=a")), 403),
    Cause.ALGORITHM: (receive(with_settings(form_event(STATUS), "key=a,algorithm=HMAC_MD5")), 403),
    Cause.UNKNOWN_CONNECTION: (receive(form_event(STATUS, connection="nobody")), 404),
    Cause.NOT_LOOKED_UP: (more_names_than_may_be_looked_up, 404),
    Cause.CONNECTION: (receive(form_event(STATUS), {"acountSid": "AC"}), 403),
    Cause.NO_TOKEN: (receive(form_event(STATUS), KEY_ONLY), 403),
    Cause.UNKNOWN_KEY: (receive(signed_by(SHA256, form_event(STATUS))), 403),
    Cause.BODY_HASH: (receive({**json_event({}), "body": ""}), 403),
    Cause.MISMATCH: (receive(forged(form_event(STATUS))), 403),
    Cause.ACCOUNT: (receive(form_event({**STATUS, "AccountSid": OTHER_ACCOUNT})), 403),
    Cause.METHOD: (receive(with_method("PUT")), 405),
    Cause.CONTENT_TYPE: (receive(changed(form_event(STATUS), content_type="text/plain")), 415),
    Cause.BODY: (receive(json_event(b"{")), 400),
    Cause.PARAMETERS: (receive(form_event({str(number): "1" for number in range(2_000)})), 400),
    Cause.TOO_LARGE: (receive(json_event({"text": "x" * 300_000})), 413),
    Cause.QUERY: (receive(form_event(STATUS, query="a" * 100_000)), 413),
    Cause.BASE64: (receive({**form_event(STATUS), "body": "?"}), 400),
}


def counted(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str | None]]:
    """What has been counted of refusals since the last time: the metrics, and their causes."""
    with warnings.catch_warnings():
        # There may be nothing to flush.
        warnings.simplefilter("ignore", UserWarning)
        metrics.flush_metrics()
    lines = capsys.readouterr().out
    found = ((name, dimensions.get("cause")) for name, dimensions, _ in emitted(lines))
    return sorted(each for each in found if each[0] in ("SignatureFailures", "WebhooksRefused"))


def literals() -> Iterator[str]:
    """The causes that the source of the webhook names by their texts."""
    for file in sorted(WEBHOOK.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RefusedError":
                yield from (str(each.value) for each in node.args[1:] if isinstance(each, ast.Constant))


def test_each_cause_is_in_one_of_the_two_lists() -> None:
    assert set(Cause) == OWNERS | STRANGERS
    assert not OWNERS & STRANGERS


def test_no_cause_is_named_that_is_none() -> None:
    named = set(literals())
    assert named, "this looks at the wrong place"
    assert named <= set(Cause)


def test_what_nobody_thought_of_is_the_owner_s() -> None:
    assert rings("something new")


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_is_counted_and_the_owner_s_for_the_alarm(cause: Cause, capsys: pytest.CaptureFixture[str]) -> None:
    provoke, status = PROVOKED[cause]
    assert provoke(Deployment())["statusCode"] == status
    alarmed = [("WebhooksRefused", None)] if cause in OWNERS - ALARMED_APART else []
    assert counted(capsys) == [("SignatureFailures", cause.value), *alarmed]


def test_what_is_accepted_counts_as_no_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    assert Deployment().status_of(form_event(STATUS)) == 204
    assert counted(capsys) == []


def test_nobody_is_alarmed_by_what_is_not_signed_whatever_else_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    deployed = Deployment()
    for (name, request), is_signed in zip(strangers_requests(), cycle((False, True)), strict=False):
        event = without_signature(request)
        if is_signed:
            event = changed(event, x_twilio_signature="no base64!")
        assert 400 <= deployed.status_of(event) < 500, name
    assert {metric for metric, _ in counted(capsys)} == {"SignatureFailures"}
    assert deployed.secrets.reads.total() == 0


@pytest.mark.parametrize("connection", ["default", "nobody"])
def test_another_content_type_or_method_is_told_of_a_connection_that_exists(connection: str) -> None:
    event = form_event(STATUS, connection=connection)
    event["requestContext"]["http"]["method"] = "PUT"
    plain = changed(form_event(STATUS, connection=connection), content_type="text/plain")
    expected = [405, 415] if connection == "default" else [404, 404]
    assert [Deployment().status_of(each) for each in (event, plain)] == expected


def test_a_key_with_the_secret_of_the_token_is_an_unknown_key_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert Deployment().status_of(signed_by(Signer(AUTH_TOKEN, KEY_ID), form_event(STATUS))) == 403
    assert ("SignatureFailures", "unknown_key") in counted(capsys)
