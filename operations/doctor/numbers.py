"""Where the account's phone numbers and messaging services send what comes in. Only reads.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
https://www.twilio.com/docs/messaging/api/service-resource
"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from operations.doctor.callback_urls import CallbackUrl, Owner
from operations.doctor.credentials import client_of
from operations.doctor.twilio_lists import incoming_numbers, messaging_services, takes_texts
from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.errors import TwilioAuthenticationError
from twilio_connector.masking import mask_numbers
from twilio_connector.twilio.api import CONNECTION_OVERRIDES

# How many are named: an account with more of them has a pattern, not a slip.
NAMED = 5
# With a domain's mapping or a proxy in front, the function does not see the URL that Twilio has signed.
IN_FRONT = (
    "If that host is a domain of the stack's API, or a proxy in front of it, set WebhookBaseUrl to what it adds. "
)
# What Twilio makes of a service without an inbound URL.
_DROPPED = "nowhere: Twilio drops what comes in, and lists none of it"


def check_numbers(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether texts to the account's numbers reach the webhook of the connection *name*, and in the right way.

    A number whose texts go elsewhere is not a failure: another application may own it. For a sender of a messaging
    service, the service's own inbound URL counts.
    """
    subject, url = Subject(f"numbers {name}"), stack.webhook_url(name)
    try:
        owned = [_number(each) for each in incoming_numbers(client_of(stack, name)) if takes_texts(each)]
    except TwilioAuthenticationError as exc:
        yield subject.warn(
            f"These credentials may not list the account's numbers. {exc}",
            f"Look in Twilio's console whether 'A message comes in' of each number is {url}{CONNECTION_OVERRIDES}",
        )
        return
    if not owned:
        yield subject.ok("The account has no number of its own that can receive texts.")
        return
    update = _update("api:core:incoming-phone-numbers:update", "--sms-url", "--sms-method", url)
    meant = "Of senders of a messaging service, the service's own inbound URL may count instead. Others, unless it is "
    yield from _judged(subject, owned, url, f"{meant}meant so: ", update)


def check_services(stack: Stack, name: str) -> Iterator[Finding]:
    """The same for the account's messaging services, without those that defer to the URL of the number."""
    subject, url = Subject(f"messaging services {name}"), stack.webhook_url(name)
    try:
        services = [_service(each) for each in messaging_services(client_of(stack, name))]
    except TwilioAuthenticationError as exc:
        yield subject.warn(
            f"These credentials may not list the account's messaging services. {exc}",
            f"Look in Twilio's console whether 'Integration' of each leads to {url}{CONNECTION_OVERRIDES}",
        )
        return
    if not services:
        yield subject.ok("The account has no messaging service.")
        return
    update = _update("api:messaging:v1:services:update", "--inbound-request-url", "--inbound-method", url)
    yield from _judged(subject, services, url, "Unless it is meant so: ", update)


def _judged(
    subject: Subject, owners: Sequence[Owner], url: str, meant: str, update: Callable[[Owner], str]
) -> Iterator[Finding]:
    """What there is to say of *owners*, whose texts should come to *url*."""
    elsewhere = [(owner, f"to {place}") for owner in owners if (place := owner.goes_elsewhere(url))]
    flawed = [(owner, ", ".join(flaws)) for owner in owners if (flaws := owner.flaws(url))]
    if elsewhere:
        in_front = any(owner.may_come_by_another_host(url) for owner, _ in elsewhere)
        yield subject.warn(
            f"{len(elsewhere)} of {len(owners)} send inbound texts elsewhere: {_named(elsewhere)}.",
            f"{IN_FRONT if in_front else ''}{meant}{update(elsewhere[0][0])}",
        )
    if flawed:
        yield subject.warn(
            f"{len(flawed)} of {len(owners)} lead to the stack, but not as they should: {_named(flawed)}.",
            f"The URL is {url}{CONNECTION_OVERRIDES}, by POST: {update(flawed[0][0])}",
        )
    if not elsewhere and not flawed:
        yield subject.ok(f"All {len(owners)} send inbound texts to the webhook.")


def _named(told: Sequence[tuple[Owner, str]]) -> str:
    return ", ".join(f"{owner.label} ({what})" for owner, what in told[:NAMED]) + (", ..." if len(told) > NAMED else "")


def _update(command: str, url_option: str, method_option: str, url: str) -> Callable[[Owner], str]:
    def words(owner: Owner) -> str:
        options = ["--sid", owner.sid, url_option, url + CONNECTION_OVERRIDES, method_option, "POST"]
        return shlex.join(["twilio", command, *options])

    return words


def _number(number: dict[str, Any]) -> Owner:
    label, sid = mask_numbers(str(number.get("phone_number") or "")) or "a number", str(number.get("sid"))
    if application := number.get("sms_application_sid"):
        # Then Twilio ignores the number's own URLs.
        return Owner(label, sid, None, elsewhere=f"the application {application}")
    return Owner(label, sid, _url(number, "sms_url", "sms_method"), [_fallback(number, "sms_fallback")])


def _service(service: dict[str, Any]) -> Owner:
    sid = str(service.get("sid"))
    callback = CallbackUrl(str(service.get("status_callback") or ""), purpose="status callback")
    if service.get("use_inbound_webhook_on_number"):
        return Owner(sid, sid, None, [callback])
    if not service.get("inbound_request_url"):
        return Owner(sid, sid, None, [callback], elsewhere=_DROPPED)
    inbound = _url(service, "inbound_request_url", "inbound_method")
    return Owner(sid, sid, inbound, [_fallback(service, "fallback"), callback])


def _url(resource: dict[str, Any], url: str, method: str) -> CallbackUrl:
    return CallbackUrl(str(resource.get(url) or ""), str(resource.get(method) or "POST"))


def _fallback(resource: dict[str, Any], prefix: str) -> CallbackUrl:
    url, method = resource.get(f"{prefix}_url"), resource.get(f"{prefix}_method")
    return CallbackUrl(str(url or ""), str(method or "POST"), "fallback")
