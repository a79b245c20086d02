"""Connecting numbers and messaging services: what is set, and what is reported or refused instead."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from local.twilio_sandbox import Fault, MessagingService, OwnedNumber
from operations.doctor.numbers import check_numbers, check_services
from tests.support.connecting import APPLICATION, FORMER, NUMBER, RIGHT, changes, connected, kept, last, own
from tests.support.deployed_stack import NAME, DeployedStack, told
from tests.support.scripted_server import ScriptedServer, reply


@pytest.mark.parametrize("given", [NUMBER, "(555) 000-2222", OwnedNumber(NUMBER).sid], ids=["E.164", "local", "SID"])
def test_a_number_is_connected_and_the_doctor_is_content(deployed: DeployedStack, given: str) -> None:
    owned = own(deployed, sms_method="GET", sms_fallback_url="https://fallback.example.com")
    before = list(owned)

    findings = connected(deployed, number=given)

    assert last(findings) == ("ok", f"It sends inbound texts to {RIGHT}. RESTORE=1 puts back what was there.")
    assert owned == [before[0], replace(before[1], sms_url=RIGHT, sms_method="POST")]
    assert [finding.text for finding in findings[:-1]] == [
        f"SmsUrl is https://…@other.example.com/in?…, to be {RIGHT}.",
        "SmsMethod is GET, to be POST.",
    ]
    assert {finding.subject for finding in findings} == {"number *2222"}
    # Settings for calls, say, are none of its business.
    [request] = [request for request in deployed.world.twilio.requests if request.method == "POST"]
    assert request.form.to_dict() == {"SmsUrl": RIGHT, "SmsMethod": "POST"}
    assert not [private for private in ("0002222", "pass", "abc") if private in "".join(map(str, findings))]
    del owned[0]
    assert told(list(check_numbers(deployed.stack, "default"))) == [("ok", "numbers default")]


def test_a_service_is_connected_and_the_doctor_is_content(deployed: DeployedStack) -> None:
    services = deployed.world.twilio.messaging_services
    services += [MessagingService("one", None, by_number=True), MessagingService("other", FORMER)]
    before = list(services)

    for service in before:
        assert last(connected(deployed, service=service.sid))[0] == "ok"

    assert services == [replace(each, inbound_request_url=RIGHT, by_number=False) for each in before]
    assert told(list(check_services(deployed.stack, "default"))) == [("ok", "messaging services default")]
    for service in before:
        assert last(connected(deployed, service=service.sid, restore=True)) == ("ok", "It is as it was.")
    assert services == before
    assert kept(deployed) == []


def test_another_connection_and_a_base_url_of_ones_own_are_what_is_set(deployed: DeployedStack) -> None:
    owned = own(deployed)
    twilio = deployed.world.twilio
    deployed.outputs["WebhookUrl"] = "https://hooks.example.org/in/webhook/default"
    deployed.world.secrets.create_secret(
        Name="twilio/connections/sales",
        SecretString=f'{{"accountSid": "{twilio.account_sid}", "authToken": "{twilio.auth_token}"}}',
    )
    assert last(connected(deployed, connection="sales"))[0] == "ok"
    assert owned[1].sms_url == "https://hooks.example.org/in/webhook/sales#rc=5&rp=all"


def test_a_fallback_is_set_where_it_is_asked_for(deployed: DeployedStack) -> None:
    owned = own(deployed, sms_fallback_method="GET")
    connected(deployed)
    assert (owned[1].sms_fallback_url, owned[1].sms_fallback_method) == ("", "GET")
    connected(deployed, fallback="https://fallback.example.com/in")
    assert (owned[1].sms_fallback_url, owned[1].sms_fallback_method) == ("https://fallback.example.com/in", "POST")


def test_a_number_that_is_connected_already_is_left_alone(deployed: DeployedStack) -> None:
    own(deployed, RIGHT)
    assert last(connected(deployed)) == ("ok", f"It sends inbound texts to {RIGHT} already.")
    assert (changes(deployed), kept(deployed)) == ([], [])


def test_a_number_of_an_application_is_taken_out_of_it_only_if_asked(deployed: DeployedStack) -> None:
    owned = own(deployed, sms_application_sid=APPLICATION)
    level, text = last(connected(deployed))
    assert (level, APPLICATION in text, changes(deployed)) == ("FAIL", True, [])
    assert last(connected(deployed, clear_application=True))[0] == "ok"
    assert (owned[1].sms_url, owned[1].sms_application_sid) == (RIGHT, "")


@pytest.mark.parametrize(
    ("service", "warned"),
    [
        (MessagingService("s", FORMER), True),
        (MessagingService("s"), True),
        (MessagingService("s", RIGHT), False),
        (MessagingService("s", FORMER, by_number=True), False),
    ],
    ids=["elsewhere", "nowhere", "connected", "by number"],
)
def test_a_number_whose_messaging_service_decides_is_told(
    deployed: DeployedStack, service: MessagingService, warned: bool
) -> None:
    own(deployed)
    others = [MessagingService("before", FORMER), MessagingService("after", FORMER)]
    senders = (OwnedNumber("+15550001111").sid, OwnedNumber(NUMBER).sid)
    deployed.world.twilio.messaging_services[:] = [others[0], replace(service, senders=senders), others[1]]
    warnings = [finding for finding in connected(deployed) if finding.level == "warn"]
    assert [f"make connect STACK={NAME} SERVICE={service.sid}" in finding.remedy for finding in warnings] == (
        [True] if warned else []
    )


def test_a_key_that_may_not_read_services_is_told_and_the_number_connected(deployed: DeployedStack) -> None:
    own(deployed)
    deployed.world.twilio.inject(Fault.Html(403), match="/v1/Services")
    findings = connected(deployed)
    assert [str(finding.level) for finding in findings] == ["warn", "ok", "ok"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"number": "+15550009999"}, "has no number *9999."),
        ({"number": "PN" + "0" * 32}, f"has no PN{'0' * 32}."),
        ({"service": "MG" + "0" * 32}, f"has no MG{'0' * 32}."),
        ({"number": "call me"}, "NUMBER is not a phone number"),
        ({"connection": "nobody"}, "nobody"),
    ],
    ids=["number", "SID", "service", "no number", "connection"],
)
def test_what_is_not_there_is_told(deployed: DeployedStack, asked: Mapping[str, Any], said: str) -> None:
    own(deployed)
    level, text = last(connected(deployed, **asked))
    assert (level, said in text) == ("FAIL", True), text
    assert changes(deployed) == []


def test_a_connection_that_would_refuse_all_webhooks_is_not_connected(deployed: DeployedStack) -> None:
    own(deployed)
    twilio = deployed.world.twilio
    key = {"apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
    deployed.replace_secret("default", {"accountSid": twilio.account_sid, **key})
    level, text = last(connected(deployed))
    assert (level, "no auth token" in text, changes(deployed)) == ("FAIL", True, [])


def test_a_service_of_the_parent_account_is_none_of_the_subaccounts(deployed: DeployedStack) -> None:
    twilio = deployed.world.twilio
    twilio.messaging_services.append(MessagingService("of the parent", FORMER))
    parent = {"parentAccountSid": twilio.account_sid, "authToken": twilio.auth_token}
    deployed.replace_secret("default", {"accountSid": twilio.create_subaccount().account.sid, **parent})
    level, text = last(connected(deployed, service=twilio.messaging_services[0].sid))
    assert (level, " has no MG" in text, changes(deployed)) == ("FAIL", True, [])


def test_a_number_without_texts_is_refused(deployed: DeployedStack) -> None:
    own(deployed, sms=False)
    assert last(connected(deployed)) == ("FAIL", "It cannot receive texts.")
    assert changes(deployed) == []


def test_a_key_that_may_not_look_at_numbers_is_told_what_to_set_by_hand(deployed: DeployedStack) -> None:
    own(deployed)
    deployed.world.twilio.inject(Fault.Html(403), match="GET /IncomingPhoneNumbers")
    [finding] = connected(deployed)
    assert (str(finding.level), RIGHT in finding.remedy) == ("FAIL", True)


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Fault.Reset(accepted=True), "ok"), (Fault.Reset(), "FAIL"), (Fault.Html(400), "FAIL")],
    ids=["answer lost", "request lost", "refused"],
)
def test_after_a_fault_what_twilio_has_is_what_counts(deployed: DeployedStack, fault: Any, said: str) -> None:
    owned = own(deployed)
    deployed.world.twilio.inject(fault, match="POST /IncomingPhoneNumbers")
    assert last(connected(deployed))[0] == said
    assert owned[1].sms_url == (RIGHT if said == "ok" else FORMER)
    connected(deployed)
    connected(deployed, restore=True)
    assert (owned[1].sms_url, kept(deployed)) == (FORMER, [])


def test_twilio_that_takes_a_change_and_shows_another_value_is_told(deployed: DeployedStack) -> None:
    number = OwnedNumber(NUMBER, FORMER)
    as_before = reply(200, json.dumps(number.resource(deployed.world.twilio.account_sid)).encode())
    no_services = reply(200, b'{"services": [], "meta": {}}')
    with ScriptedServer(as_before, no_services, as_before) as server:
        deployed.parameters["TwilioApiUrl"] = server.url
        level, text = last(connected(deployed, number=number.sid))
    assert [request.line.split()[0] for request in server.requests] == ["GET", "GET", "GET", "POST", "GET"]
    assert level == "FAIL"
    assert text == "Twilio has accepted the change, but SmsUrl of the number *2222 is not what was asked for."
