"""What the headers of a request claim, and what is refused of them before any secret is read."""

from typing import Any

import pytest
from twilio.request_validator import get_signature_algorithm

from tests.support.front_doors import REST_API
from tests.support.webhook_deployment import Deployment
from tests.support.webhook_generators import EVENTS, Arriving
from tests.support.webhook_requests import FORM, STATUS, form_event, load_event
from tests.support.webhook_signers import KEY_ID, SHARED_KEYS, signed_by, with_settings
from twilio_connector.webhook.causes import Cause
from twilio_connector.webhook.claim import SETTINGS_HEADER, Claim, read_claim
from twilio_connector.webhook.http_request import RefusedError, parse_request
from twilio_connector.webhook.signature import Algorithm

SHA1, SHA256 = SHARED_KEYS
SIGNED = signed_by(SHA256, form_event(STATUS))


def cause_of(event: dict[str, Any]) -> str | None:
    try:
        read_claim(parse_request(event))
    except RefusedError as exc:
        assert exc.status == 403
        return exc.cause
    return None


def rest_event(**headers: list[str]) -> dict[str, Any]:
    event = dict(load_event(EVENTS[REST_API]))
    return {**event, "headers": {}, "multiValueHeaders": {name.replace("_", "-"): headers[name] for name in headers}}


@pytest.mark.parametrize("signer", SHARED_KEYS, ids=["sha1", "sha256"])
def test_what_twilio_sends_is_read_as_the_sdk_reads_it(signer: Any) -> None:
    event = signed_by(signer, form_event(STATUS))
    claim = read_claim(parse_request(event))
    assert claim == Claim(event["headers"]["x-twilio-signature"], Algorithm[signer.algorithm], KEY_ID)
    assert get_signature_algorithm(event["headers"][SETTINGS_HEADER]) == claim.algorithm.name


@pytest.mark.parametrize("settings", [None, "", " "])
def test_without_settings_the_auth_token_has_signed(settings: str | None) -> None:
    event = with_settings(form_event(STATUS), settings)
    assert read_claim(parse_request(event)) == Claim(event["headers"]["x-twilio-signature"])
    assert get_signature_algorithm(settings) == "HMAC_SHA1"


@pytest.mark.parametrize(
    "settings", [f"algorithm=HMAC_SHA256,key={KEY_ID}", f"key={KEY_ID}, algorithm=HMAC_SHA256", f" {SHA256.settings}\t"]
)
def test_order_and_blanks_around_the_comma_do_not_matter(settings: str) -> None:
    assert read_claim(parse_request(with_settings(SIGNED, settings))).key_id == KEY_ID
    assert get_signature_algorithm(settings) == "HMAC_SHA256"


@pytest.mark.parametrize(
    "settings",
    [
        "key=a",
        "algorithm=HMAC_SHA256",
        "key=,algorithm=HMAC_SHA256",
        "key=a,algorithm=",
        "key=a;algorithm=HMAC_SHA256",
        "key=a,algorithm=HMAC_SHA256,",
        ",key=a,algorithm=HMAC_SHA256",
        "key=a,,algorithm=HMAC_SHA256",
        "key=a,algorithm=HMAC_SHA256,version=2",
        "key=a,key=b,algorithm=HMAC_SHA256",
        "key=a,key=a,algorithm=HMAC_SHA256",
        "key=a,algorithm=HMAC_SHA1,algorithm=HMAC_SHA256",
        # The header twice, as an HTTP API joins it.
        "key=a,algorithm=HMAC_SHA256,key=a,algorithm=HMAC_SHA256",
        "key=a,algorithm=HMAC_SHA256,key=b,algorithm=HMAC_SHA1",
        "KEY=a,ALGORITHM=HMAC_SHA256",
        "key =a,algorithm=HMAC_SHA256",
        "key=a b,algorithm=HMAC_SHA256",
        "key=a=b,algorithm=HMAC_SHA256",
        "key=\u00e9,algorithm=HMAC_SHA256",
        "key=\ud800,algorithm=HMAC_SHA256",
        "key=a,algorithm=HMAC_SHA256\n",
        "key=" + "a" * 2_000 + ",algorithm=HMAC_SHA256",
        "," * 100_000,
        "x",
    ],
    ids=lambda settings: ascii(settings[:60]),
)
def test_settings_of_another_grammar_are_refused(settings: str) -> None:
    assert cause_of(with_settings(SIGNED, settings)) == Cause.SETTINGS


@pytest.mark.parametrize("algorithm", ["HMAC_SHA512", "hmac_sha256", "sha256", "none", "HMAC_SHA25", "__class__"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    assert cause_of(with_settings(SIGNED, f"key={KEY_ID},algorithm={algorithm}")) == Cause.ALGORITHM


@pytest.mark.parametrize(
    "twice",
    [
        ["key=a,algorithm=HMAC_SHA256"] * 2,
        ["key=a", "algorithm=HMAC_SHA256"],
        ["key=a,algorithm=HMAC_SHA256", ""],
        ["", ""],
    ],
)
def test_a_rest_api_s_header_that_comes_twice_is_refused(twice: list[str]) -> None:
    signature = [SIGNED["headers"]["x-twilio-signature"]]
    once = rest_event(X_Twilio_Signature=signature, X_Twilio_Webhooks_Signature_Settings=[SHA256.settings])
    assert cause_of(once) is None
    several = rest_event(X_Twilio_Signature=signature, X_Twilio_Webhooks_Signature_Settings=twice)
    assert cause_of(several) == Cause.SETTINGS


def test_settings_that_only_one_of_a_rest_api_s_two_maps_has_are_not_overlooked() -> None:
    event = rest_event(X_Twilio_Signature=[SIGNED["headers"]["x-twilio-signature"]])
    for settings, key_id in ((SHA256.settings, KEY_ID), ("", None)):
        event["headers"] = {SETTINGS_HEADER: settings}
        if key_id:
            assert read_claim(parse_request(event)).key_id == key_id
        else:
            assert cause_of(event) == Cause.LENGTH


def test_a_header_that_comes_twice_by_other_cases_is_refused() -> None:
    headers = {**SIGNED["headers"], SETTINGS_HEADER: "key=a", SETTINGS_HEADER.title(): "algorithm=HMAC_SHA256"}
    assert cause_of({**SIGNED, "headers": headers}) == Cause.SETTINGS


@pytest.mark.parametrize(
    ("signature", "settings", "cause"),
    [
        (None, None, Cause.MISSING),
        ("", SHA256.settings, Cause.MISSING),
        ("no base64!", None, Cause.MALFORMED),
        ("no base64!", "neither", Cause.MALFORMED),
        ("A" * 27, None, Cause.MALFORMED),
        ("=" * 28, None, Cause.MALFORMED),
        ("A" * 28, None, Cause.LENGTH),
        ("A" * 26 + "==", None, Cause.LENGTH),
        ("A" * 40, None, Cause.LENGTH),
        ("A" * 43 + "=", None, Cause.LENGTH),
        ("A" * 27 + "=", SHA256.settings, Cause.LENGTH),
        ("A" * 43 + "=", SHA1.settings, Cause.LENGTH),
        ("A" * 27 + "=", SHA1.settings, None),
    ],
)
def test_the_signature_is_looked_at_first_then_the_settings_then_its_length(
    signature: str | None, settings: str | None, cause: Cause | None
) -> None:
    event = with_settings(form_event(STATUS), settings)
    event["headers"] = {**event["headers"], "x-twilio-signature": signature} if signature is not None else {}
    assert cause_of(event) == cause


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-twilio-signature": "no base64!"},
        {"x-twilio-signature": "A" * 24},
        {"x-twilio-signature": "A" * 27 + "=", SETTINGS_HEADER: "key=a"},
        {"x-twilio-signature": "A" * 27 + "=", SETTINGS_HEADER: "key=a,algorithm=MD5"},
    ],
)
def test_none_of_them_makes_a_secret_be_read(headers: dict[str, str]) -> None:
    deployed = Deployment()
    event = form_event(STATUS)
    event["headers"] = {"content-type": FORM, "host": event["headers"]["host"], **headers}
    assert deployed.status_of(event) == 403
    arriving = Arriving(host="hooks.example.com", path="/webhook/default", headers=event["headers"], body=b"a=1")
    assert deployed.status_of(arriving.through(REST_API, base64=False)) == 403
    assert deployed.secrets.reads.total() == 0
    assert deployed.bus.entries == []


def test_a_claim_shows_neither_signature_nor_key() -> None:
    claim = read_claim(parse_request(SIGNED))
    assert KEY_ID not in repr(claim)
    assert claim.signature not in repr(claim)
