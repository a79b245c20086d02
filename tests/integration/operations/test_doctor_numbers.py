"""What the doctor says of the account's numbers and messaging services: where each sends what comes in."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.twilio_sandbox import Fault, MessagingService, OwnedNumber
from operations.doctor.numbers import IN_FRONT, NAMED, check_numbers, check_services
from operations.doctor.twilio_lists import incoming_numbers, messaging_services, product_url
from tests.support.deployed_stack import DeployedStack, told
from tests.support.scripted_server import ScriptedServer, reply
from twilio_connector.connections.connection import parse_connection
from twilio_connector.errors import TwilioResponseError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.twilio.api import MAX_PAGE_SIZE
from twilio_connector.twilio.client import TwilioClient

WEBHOOK = "https://api.example.com/webhook/default"
RIGHT = f"{WEBHOOK}#rc=5&rp=all"


def client_of(deployed: DeployedStack) -> TwilioClient:
    return TwilioClient(deployed.stack.connections, "default", Deadline.after(30))


@pytest.mark.parametrize("url", [RIGHT, f"{WEBHOOK}?order=1#rc=5&rp=all"])
def test_numbers_that_lead_to_the_webhook_are_ok(deployed: DeployedStack, url: str) -> None:
    deployed.world.twilio.owned_numbers += [OwnedNumber("+15550001111", url), OwnedNumber("+15550002222", sms=False)]
    [finding] = check_numbers(deployed.stack, "default")
    assert (str(finding.level), finding.text) == ("ok", "All 1 send inbound texts to the webhook.")


@pytest.mark.parametrize(
    ("configured", "leads_to"),
    [
        ({"sms_url": "https://user:pass@other.example.com/path?token=abc"}, "to other.example.com"),
        ({"sms_url": "https://[broken"}, "to an invalid URL"),
        ({"sms_url": ""}, "to nowhere"),
        ({"sms_application_sid": "AP" + "1" * 32}, f"to the application AP{'1' * 32}"),
        # Of which Twilio ignores the URL.
        ({"sms_url": RIGHT, "sms_application_sid": "AP" + "1" * 32}, f"to the application AP{'1' * 32}"),
    ],
)
def test_numbers_that_lead_elsewhere_are_named_masked_and_may_be_meant_so(
    deployed: DeployedStack, configured: Mapping[str, Any], leads_to: str
) -> None:
    deployed.world.twilio.owned_numbers += [
        OwnedNumber("+15550001111", RIGHT),
        OwnedNumber("+15550002222", **configured),
    ]
    [finding] = check_numbers(deployed.stack, "default")
    assert told([finding]) == [("warn", "numbers default")]
    assert finding.text == f"1 of 2 send inbound texts elsewhere: *2222 ({leads_to})."
    assert "messaging service" in finding.remedy
    assert f"--sms-url '{RIGHT}' --sms-method POST" in finding.remedy
    assert not [secret for secret in ("5550002222", "pass", "token=abc") if secret in str(finding)]


@pytest.mark.parametrize(("path", "is_told"), [("/sms/webhook/default", True), ("/sms", False)])
def test_a_domain_or_a_proxy_that_may_stand_in_front_of_the_api_is_told_of(
    deployed: DeployedStack, path: str, is_told: bool
) -> None:
    deployed.world.twilio.owned_numbers.append(OwnedNumber("+15550001111", f"https://sms.example.com{path}"))
    [finding] = check_numbers(deployed.stack, "default")
    assert finding.remedy.startswith(IN_FRONT) is is_told


def test_numbers_that_lead_to_the_stack_in_a_wrong_way_are_told_with_all_that_is_wrong(
    deployed: DeployedStack,
) -> None:
    deployed.world.twilio.owned_numbers += [
        OwnedNumber("+15550001111", RIGHT),
        OwnedNumber("+15550002222", WEBHOOK, sms_method="GET"),
        OwnedNumber("+15550003333", "http://api.example.com/webhook/sales#rc=5&rp=all"),
        OwnedNumber("+15550004444", "https://other.example.com", sms_fallback_url=WEBHOOK),
    ]
    elsewhere, flawed = check_numbers(deployed.stack, "default")
    assert elsewhere.text == "1 of 4 send inbound texts elsewhere: *4444 (to other.example.com)."
    assert flawed.text == (
        "3 of 4 lead to the stack, but not as they should: "
        "*2222 (by GET, which puts texts and numbers into the URL, without #rc=5&rp=all), "
        "*3333 (over http, which the API does not answer, at the connection sales, not default), "
        "*4444 (fallback without #rc=5&rp=all)."
    )
    assert f"--sid {deployed.world.twilio.owned_numbers[1].sid} --sms-url '{RIGHT}'" in flawed.remedy


def test_of_many_numbers_a_few_are_named(deployed: DeployedStack) -> None:
    deployed.world.twilio.owned_numbers += [OwnedNumber(f"+1555000{number:04}") for number in range(NAMED + 1)]
    [finding] = check_numbers(deployed.stack, "default")
    assert finding.text.count("nowhere") == NAMED
    assert finding.text.endswith(", ....")


def test_the_numbers_and_services_of_all_pages_are_looked_at(deployed: DeployedStack) -> None:
    twilio = deployed.world.twilio
    twilio.owned_numbers += [OwnedNumber(f"+1555{number:07}") for number in range(MAX_PAGE_SIZE + 1)]
    twilio.messaging_services += [MessagingService(str(number)) for number in range(MAX_PAGE_SIZE + 1)]
    numbers = [number["phone_number"] for number in incoming_numbers(client_of(deployed))]
    assert numbers == [number.phone_number for number in twilio.owned_numbers]
    services = [service["sid"] for service in messaging_services(client_of(deployed))]
    assert services == [service.sid for service in twilio.messaging_services]


@pytest.mark.parametrize(
    ("path", "check", "subject"),
    [
        ("/IncomingPhoneNumbers", check_numbers, "numbers default"),
        ("/v1/Services", check_services, "messaging services default"),
    ],
    ids=["numbers", "services"],
)
def test_a_key_that_may_not_list_them_is_no_failure(
    deployed: DeployedStack, path: str, check: Any, subject: str
) -> None:
    deployed.world.twilio.inject(Fault.Html(403), match=path)
    [finding] = check(deployed.stack, "default")
    assert told([finding]) == [("warn", subject)]
    assert RIGHT in finding.remedy


def test_an_account_without_services_is_ok(deployed: DeployedStack) -> None:
    [finding] = check_services(deployed.stack, "default")
    assert (str(finding.level), finding.text) == ("ok", "The account has no messaging service.")


def test_services_that_lead_to_the_webhook_or_leave_it_to_the_number_are_ok(deployed: DeployedStack) -> None:
    deployed.world.twilio.messaging_services += [
        MessagingService("a", RIGHT, fallback_url=RIGHT, status_callback=RIGHT),
        MessagingService("b", "https://other.example.com", by_number=True),
        MessagingService("c", RIGHT, fallback_url="http://other.example.com", status_callback="https://s.example.com"),
    ]
    [finding] = check_services(deployed.stack, "default")
    assert (str(finding.level), finding.text) == ("ok", "All 3 send inbound texts to the webhook.")


def test_services_that_lead_elsewhere_nowhere_or_in_a_wrong_way_are_told(deployed: DeployedStack) -> None:
    services = deployed.world.twilio.messaging_services
    services += [
        MessagingService("a", "https://user:pass@other.example.com/path"),
        MessagingService("b", status_callback=WEBHOOK),
        MessagingService("c", RIGHT, "GET", fallback_url=f"{WEBHOOK}/#rc=5&rp=all"),
        MessagingService("d", "https://other.example.com", by_number=True, status_callback=WEBHOOK),
    ]
    elsewhere, flawed = findings = list(check_services(deployed.stack, "default"))
    assert told(findings) == [("warn", "messaging services default")] * 2
    assert elsewhere.text == (
        f"2 of 4 send inbound texts elsewhere: {services[0].sid} (to other.example.com), "
        f"{services[1].sid} (to nowhere: Twilio drops what comes in, and lists none of it)."
    )
    assert f"--sid {services[0].sid} --inbound-request-url '{RIGHT}' --inbound-method POST" in elsewhere.remedy
    assert flawed.text == (
        "3 of 4 lead to the stack, but not as they should: "
        f"{services[1].sid} (status callback without #rc=5&rp=all), "
        f"{services[2].sid} (by GET, which puts texts and numbers into the URL, fallback at a path where nothing is), "
        f"{services[3].sid} (status callback without #rc=5&rp=all)."
    )


def test_a_next_page_of_another_host_is_asked_of_twilios_own_or_not_at_all(deployed: DeployedStack) -> None:
    away = '{"services": [{"sid": "MG1"}], "meta": {"next_page_url": "https://evil.example/v1/Services?Page=1"}}'
    last = '{"services": [{"sid": "MG2"}], "meta": {"next_page_url": null}}'
    other = '{"services": [], "meta": {"next_page_url": "https://messaging.twilio.com/v1/Secrets?Page=1"}}'
    with ScriptedServer(*(reply(200, body.encode()) for body in (away, last, other))) as server:
        deployed.parameters["TwilioApiUrl"] = server.url
        assert [service["sid"] for service in messaging_services(client_of(deployed))] == ["MG1", "MG2"]
        with pytest.raises(TwilioResponseError):
            list(messaging_services(client_of(deployed)))
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, "https://messaging.twilio.com"),
        ({"region": "ie1", "edge": "dublin"}, "https://messaging.dublin.ie1.twilio.com"),
    ],
    ids=["default", "region"],
)
def test_other_apis_are_asked_in_the_region_of_the_connection(place: Mapping[str, str], expected: str) -> None:
    pairs = {"accountSid": "AC" + "0" * 32, "authToken": "token", **place}
    secret = "{" + ", ".join(f'"{key}": "{value}"' for key, value in pairs.items()) + "}"
    assert product_url(parse_connection("default", secret), "messaging") == expected
