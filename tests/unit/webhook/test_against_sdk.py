"""Whatever Twilio's own SDK signs is accepted, through every front door, and published as it was sent."""

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.webhook_deployment import Deployment
from tests.support.webhook_generators import (
    DOORS,
    FUNCTION_URL,
    HTTP_API,
    JSON,
    PAIRS,
    REST_API,
    SEEDS,
    Arriving,
    Pairs,
    as_data,
    queries,
    sdk_signature,
    spelled,
)
from tests.support.webhook_requests import API_URL, INBOUND, STATUS, load_event

OWN_HOSTS = {
    HTTP_API: API_URL.removeprefix("https://"),
    REST_API: load_event(REST_API)["requestContext"]["domainName"],
    FUNCTION_URL: load_event(FUNCTION_URL)["requestContext"]["domainName"],
}
STAGES = {HTTP_API: "", REST_API: "/prod", FUNCTION_URL: ""}
FORM_TYPES = ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"]
JSON_TYPES = ["application/json", "application/cloudevents+json; charset=utf-8"]
# What Twilio sends with every message, now and then.
KNOWN = st.sampled_from([{}, STATUS, INBOUND]).map(lambda known: list(known.items()))
CASES = st.sampled_from([str.lower, str.upper, str.title])

many = settings(max_examples=1_000, deadline=None)


@dataclass(frozen=True)
class Place:
    """Where Twilio calls: *signed* is that URL as Twilio signs it, without its query."""

    door: str
    signed: str
    host: str
    path: str
    webhook_base_url: str = ""


@st.composite
def places(draw: st.DrawFn) -> Place:
    """A front door under its own name, under a custom domain, and behind a proxy with a base URL of its own."""
    door, kind = draw(DOORS), draw(st.sampled_from(["own", "custom", "proxied"]))
    host, path = OWN_HOSTS[door], f"{STAGES[door]}/webhook/default"
    if kind == "proxied":
        name, user_info = "sms.example.com", draw(st.sampled_from(["", "user:p%40ss@"]))
        port, fragment = draw(st.sampled_from(["", ":8443"])), draw(st.sampled_from(["", "#rc=5&rp=all"]))
        signed = f"https://{name}{draw(st.sampled_from(['', port or ':443']))}/in/webhook/default"
        return Place(door, signed, host, path, f"https://{user_info}{name}{port}/in{fragment}")
    if kind == "custom":
        host, path = "hooks.example.com", draw(st.sampled_from(["", "/sms"]) if door == REST_API else st.just(""))
        path += "/webhook/default"
    signed_port, sent_port = draw(st.sampled_from(["", ":443"])), draw(st.sampled_from(["", ":443"]))
    return Place(door, f"https://{host}{signed_port}{path}", host + sent_port, path)


@st.composite
def deliveries(
    draw: st.DrawFn, /, pairs: Pairs, *, form: Pairs | None = None, added: str = "", **request: Any
) -> tuple[Deployment, dict[str, Any]]:
    """A deployment, and the event that it gets for a request with *pairs* in its URL; *form* is what it posts.

    *added* is a parameter that Twilio adds to the URL, as it is, before or behind the customer's own.
    """
    place = draw(places())
    query = draw(queries(pairs, place.door)).with_added(added, first=draw(st.booleans()))
    signature = sdk_signature(place.signed + ("?" if query.signed else "") + query.signed, form or [])
    renamed = draw(CASES)
    headers = {
        renamed(name): value for name, value in {**request.pop("headers", {}), "x-twilio-signature": signature}.items()
    }
    arriving = Arriving(host=place.host, path=place.path, query=query.wire, headers=headers, **request)
    deployed = Deployment()
    settings = deployed.webhook.settings._replace(webhook_base_url=place.webhook_base_url)
    deployed.webhook = replace(deployed.webhook, settings=settings)
    return deployed, arriving.through(place.door, base64=draw(st.booleans()))


def answer_and_data(deployed: Deployment, event: dict[str, Any]) -> tuple[int, Any]:
    """The status that *event* is answered with, and the data of the one event then published."""
    status = deployed.status_of(event)
    [entry] = deployed.bus.entries or [{"Detail": '{"body": {"data": "nothing was published"}}'}]
    return status, json.loads(entry["Detail"])["body"]["data"]


def expected_status(pairs: Pairs) -> int:
    return 200 if ("SmsStatus", "received") in pairs else 204


@many
@given(data=st.data(), known=KNOWN, more=PAIRS, in_url=PAIRS, seed=SEEDS, content_type=st.sampled_from(FORM_TYPES))
def test_every_form_that_the_sdk_signs_is_published(
    data: st.DataObject, known: Pairs, more: Pairs, in_url: Pairs, seed: int, content_type: str
) -> None:
    form = known + more
    Random(seed).shuffle(form)
    body, headers = spelled(form, Random(seed)).encode(), {"content-type": content_type}
    deployed, event = data.draw(deliveries(in_url, form=form, body=body, headers=headers))
    assert answer_and_data(deployed, event) == (expected_status(form), as_data(form))


@many
@given(data=st.data(), known=KNOWN, more=PAIRS)
def test_every_get_that_the_sdk_signs_is_published(data: st.DataObject, known: Pairs, more: Pairs) -> None:
    deployed, event = data.draw(deliveries(known + more, method="GET"))
    assert answer_and_data(deployed, event) == (expected_status(known), as_data(known + more))


@many
@given(
    data=st.data(),
    document=JSON,
    indent=st.sampled_from([None, 0, 2]),
    ascii_only=st.booleans(),
    in_url=PAIRS,
    content_type=st.sampled_from(JSON_TYPES),
)
def test_every_document_whose_hash_is_in_a_url_that_the_sdk_signs_is_published(
    data: st.DataObject, document: Any, indent: int | None, ascii_only: bool, in_url: Pairs, content_type: str
) -> None:
    body = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    added, headers = f"bodySHA256={sha256(body).hexdigest()}", {"content-type": content_type}
    deployed, event = data.draw(deliveries(in_url, added=added, body=body, headers=headers))
    assert answer_and_data(deployed, event) == (204, document)


def test_the_least_likely_spelling_of_a_rest_api_s_query_is_still_tried() -> None:
    # Behind a custom domain's mapping: four paths, three hosts, each with and without a port, and four spellings.
    url, path = "https://hooks.example.com:443/sms/webhook/default?note=it's%20due", "/sms/webhook/default"
    headers = {"x-twilio-signature": sdk_signature(url, [])}
    arriving = Arriving(method="GET", host="hooks.example.com", path=path, query="note=it%27s%20due", headers=headers)
    assert answer_and_data(Deployment(), arriving.through(REST_API, base64=False)) == (204, {"note": "it's due"})
