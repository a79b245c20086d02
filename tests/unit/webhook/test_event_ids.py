"""Ids identify: two webhooks that differ in what means something have two, and a repeated one keeps its own."""

import copy
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given

from local.schemas import validate_detail
from tests.support.twilio_webhooks import CALL, CLOUD_EVENT, WEBHOOKS
from tests.support.webhook_generators import JSON, PAIRS, Pairs, as_data, spelled
from tests.support.webhook_requests import ACCOUNT_SID, FORM, http_event, load_event
from twilio_connector.connections.connection import Connection
from twilio_connector.webhook.events import webhook_events
from twilio_connector.webhook.http_request import parse_request
from twilio_connector.webhook.payload import parse_payload, signed_part

CONNECTION = Connection("default", ACCOUNT_SID, ACCOUNT_SID, "token", "token", "https://api.twilio.com")
FORMS = {name: webhook for name, webhook in WEBHOOKS.items() if webhook.form}
HASHED = {name: webhook for name, webhook in FORMS.items() if webhook.identified_by is None}
SIDS = ("CallSid", "MessageSid", "SmsSid", "SmsMessageSid")
QUERY = [("step", "2"), ("shop", "a b+c"), ("tag", "x"), ("tag", "y")]


def events_of(event: dict[str, Any], minute: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """Detail-types and details, each valid by its schema."""
    request = parse_request(event)
    payload = parse_payload(request, signed_part(request))
    events = webhook_events(CONNECTION, request, payload, datetime(2026, 3, 15, 14, minute, tzinfo=UTC))
    found = [(one.detail_type, json.loads(one.detail)) for one in events]
    for detail_type, detail in found:
        validate_detail(detail_type, detail)
    return found


def id_of(event: dict[str, Any], minute: int = 0) -> tuple[str, str]:
    """What a consumer deduplicates by."""
    [(detail_type, detail)] = events_of(event, minute)
    return detail_type, detail["id"]


def posted(form: Pairs | Mapping[str, str], query: Sequence[tuple[str, str]] = (), **changes: Any) -> dict[str, Any]:
    body = urlencode(list(form.items()) if isinstance(form, Mapping) else form).encode()
    return http_event(body=body, query=urlencode(query), headers={"content-type": FORM}, **changes)


def sent_as_json(document: Any, query: Sequence[tuple[str, str]] = (), **how: Any) -> dict[str, Any]:
    body = json.dumps(document, **how).encode()
    query = [*query, ("bodySHA256", str(hash(body)))]
    return http_event(body=body, query=urlencode(query), headers={"content-type": "application/json"})


def got(pairs: Pairs) -> dict[str, Any]:
    return http_event(method="GET", query=urlencode(pairs))


def over_rest(pairs: Pairs, query: Pairs) -> dict[str, Any]:
    """The same form as a REST API hands it over: the query decoded and by name, the body as text."""
    event = copy.deepcopy(load_event("rest-api-inbound-message"))
    many: dict[str, list[str]] = {}
    for name, value in sorted(query, key=lambda pair: pair[0]):
        many.setdefault(name, []).append(value)
    event["multiValueQueryStringParameters"] = many
    event["queryStringParameters"] = {name: values[-1] for name, values in many.items()}
    event.update(body=urlencode(pairs, quote_via=quote), isBase64Encoded=False)
    return dict(event)


def over_function_url(pairs: Pairs, query: Pairs) -> dict[str, Any]:
    """As a Function URL hands it over: blanks of the query for each plus."""
    event = copy.deepcopy(load_event("function-url-status-callback"))
    event["rawQueryString"] = urlencode(query).replace("+", " ")
    event.update(body=b64encode(urlencode(pairs).encode()).decode(), isBase64Encoded=True)
    return dict(event)


def changed_forms(form: Mapping[str, str], name: str) -> Iterator[dict[str, str]]:
    """*form*, with the parameter *name* different, blank, or gone."""
    rest = {key: value for key, value in form.items() if key != name}
    yield {**rest, name: form[name] + "x"}
    yield {**rest, name: form[name].swapcase() if form[name].swapcase() != form[name] else f" {form[name]}"}
    yield {**rest, f"{name}x": form[name]}
    yield rest
    if form[name]:
        yield {**rest, name: ""}


@pytest.mark.parametrize("name", FORMS)
def test_a_repeated_webhook_keeps_its_id(name: str) -> None:
    pairs = list((FORMS[name].form or {}).items())
    first = posted(pairs, QUERY)
    shuffled = [*pairs]
    Random(7).shuffle(shuffled)
    escaped = http_event(
        body=spelled(shuffled, Random(8)).encode(),
        query=spelled(QUERY, Random(9)),
        headers={"content-type": FORM, "i-twilio-idempotency-token": "2", "x-amzn-trace-id": "Root=2"},
    )
    plain = {**first, "body": urlencode(pairs), "isBase64Encoded": False}
    repeats = [first, escaped, plain, posted(shuffled, [*QUERY[1:], QUERY[0]])]
    repeats += [over_rest(pairs, QUERY), over_function_url(pairs, QUERY)]
    assert {id_of(event, minute) for minute, event in enumerate(repeats)} == {id_of(first)}


@pytest.mark.parametrize("name", HASHED)
def test_two_webhooks_that_differ_in_one_parameter_have_two_ids(name: str) -> None:
    form = HASHED[name].form or {}
    requests = [posted(form, QUERY)]
    requests += [posted(other, QUERY) for field in form for other in changed_forms(form, field)]
    requests += [posted({**form, "New": "1"}, QUERY), posted([*form.items(), ("AccountSid", "2")], QUERY)]
    requests += [posted(form, query) for query in ([], QUERY[1:], [*QUERY, ("more", "")], QUERY[:3])]
    requests += [posted(form, [("step", "3"), *QUERY[1:]]), posted(form, [*QUERY[:2], QUERY[3], QUERY[2]])]
    requests += [got([*QUERY, *form.items()]), posted([*QUERY, *form.items()]), posted(form, QUERY, connection="eu")]
    assert len({id_of(event)[1] for event in requests}) == len(requests)
    assert {id_of(event)[0] for event in requests[:-3]} == {"Webhook Received"}


@pytest.mark.parametrize("name", sorted(FORMS.keys() - HASHED.keys()))
def test_what_twilio_identifies_goes_by_its_names(name: str) -> None:
    form, identified_by = FORMS[name].form or {}, FORMS[name].identified_by or ()
    assert id_of(posted(form))[1] == ":".join(form[field] for field in identified_by)
    for field in identified_by:
        assert id_of(posted({**form, field: form[field] + "x"})) != id_of(posted(form))
    unnamed = [
        {key: value for key, value in form.items() if key not in ("CallSid", "MessageSid", "SmsSid", "SmsMessageSid")}
    ]
    unnamed.append({**unnamed[0], "ApiVersion": "2"})
    assert len({id_of(posted(each))[1] for each in unnamed}) == 2


@pytest.mark.parametrize(
    "change",
    [
        *({"choice": value} for value in (2, "1", 1.0, True, None, [1])),
        {"tags": ["b", "a"]},
        {"tags": ["a"]},
        {"more": {"vip": True}},
        {"more": {"vip": True, "note": ""}},
        {"further": None},
    ],
    ids=str,
)
def test_two_documents_that_differ_have_two_ids(change: dict[str, Any]) -> None:
    document = WEBHOOKS["studio's document"].document
    assert id_of(sent_as_json({**document, **change})) != id_of(sent_as_json(document))


def test_blanks_and_the_order_of_members_mean_nothing_in_a_document() -> None:
    document = WEBHOOKS["studio's document"].document
    backwards = dict(reversed(document.items()))
    ids = {id_of(sent_as_json(document)), id_of(sent_as_json(document, indent=2)), id_of(sent_as_json(backwards))}
    assert len(ids) == 1
    assert id_of(sent_as_json(document, [("step", "2")])) not in ids


def test_each_cloud_event_goes_by_its_own_id_in_a_batch_or_alone() -> None:
    others = [{**CLOUD_EVENT, "id": f"EZ{number}"} for number in range(3)]
    assert [detail["id"] for _, detail in events_of(sent_as_json(others))] == ["EZ0", "EZ1", "EZ2"]
    assert id_of(sent_as_json(others[1])) == id_of(sent_as_json([others[1]])) == ("Webhook Received", "EZ1")


def test_a_form_is_no_cloud_event() -> None:
    forms = [{"specversion": "1.0", "id": "42", "choice": choice} for choice in "12"]
    assert len({id_of(posted(form)) for form in forms}) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("a", "b=c")], [("a=b", "c")]),
        ([("a", "b&c=d")], [("a", "b"), ("c", "d")]),
        ([("ab", "c")], [("a", "bc")]),
        ([("a", "1"), ("a", "2")], [("a", "2"), ("a", "1")]),
        ([("a", "1"), ("a", "1")], [("a", "1")]),
        ([("a", "1"), ("a", "2")], [("a", "12")]),
        ([("a", '","b":["')], [("a", ""), ("b", "")]),
        ([("a", "\u00e9")], [("a", "e\u0301")]),
        ([("a", " ")], [("a", "")]),
        ([("", "a")], [("a", "")]),
        ([("bodySHA256", "1")], [("bodySHA256", "2")]),
        ([("RetryCount", "1")], [("RetryCount", "2")]),
    ],
    ids=str,
)
def test_names_and_values_do_not_run_into_each_other(one: Pairs, other: Pairs) -> None:
    assert id_of(posted(one)) != id_of(posted(other))
    if one[0][0] != "bodySHA256":
        assert id_of(got(one)) != id_of(got(other))
        assert id_of(posted([], one)) != id_of(posted([], other))


@given(PAIRS, PAIRS)
def test_forms_have_one_id_exactly_if_the_event_shows_the_same(one: Pairs, other: Pairs) -> None:
    assert (id_of(posted(one)) == id_of(posted(other))) == (as_data(one) == as_data(other))


@given(JSON, JSON)
def test_documents_have_one_id_exactly_if_they_are_the_same(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (id_of(sent_as_json({"a": one})) == id_of(sent_as_json({"a": other}))) == same


def test_a_form_a_document_and_a_query_never_share_an_id() -> None:
    said = {"document": ["1"]}
    requests = [
        posted({"document": "1"}),
        sent_as_json(said),
        sent_as_json(["document", {}, said]),
        got([("document", "1")]),
    ]
    requests += [posted({}), sent_as_json({}), sent_as_json([]), sent_as_json(None), got([])]
    assert len({id_of(event) for event in requests}) == len(requests)


def test_bytes_of_a_query_that_are_no_text_stay_distinct() -> None:
    requests = [http_event(query=f"a={value}", headers={"content-type": FORM}) for value in ("%ff", "%fe", "%EF%BF%BD")]
    assert len({id_of(event) for event in requests}) == len(requests)


def test_two_answers_of_one_call_have_two_ids_and_neither_is_that_of_its_progress() -> None:
    answers = [{**CALL, "Digits": digits} for digits in "12"]
    progress = {**CALL, "CallbackSource": "call-progress-events"}
    ids = [id_of(posted(form))[1] for form in (*answers, progress)]
    assert len(set(ids)) == 3
    assert ids[2] == f"{CALL['CallSid']}:in-progress"


@pytest.mark.parametrize("source", ["", "call-cost-events", "CALL-PROGRESS-EVENTS"])
def test_only_progress_goes_by_the_call_and_its_status(source: str) -> None:
    form = {**CALL, "CallbackSource": source}
    assert id_of(posted(form)) != id_of(posted({**form, "SequenceNumber": "2"}))


@pytest.mark.parametrize("missing", ["CallSid", "CallStatus"])
def test_progress_without_its_names_goes_by_all_that_it_says(missing: str) -> None:
    form = {**CALL, "CallbackSource": "call-progress-events", missing: ""}
    assert id_of(posted(form)) != id_of(posted({**form, "SequenceNumber": "2"}))


@pytest.mark.parametrize("event_type", ["onMessageAdded", "onMessageAdd", "onConversationStateUpdated"])
def test_the_count_of_a_conversation_s_retries_does_not_count(event_type: str) -> None:
    form = {**(WEBHOOKS["conversation"].form or {}), "EventType": event_type}
    counted = [{**form, "RetryCount": str(number)} for number in range(3)]
    assert len({id_of(posted(each)) for each in counted}) == 1
    assert len({id_of(got(list(each.items()))) for each in counted}) == 1
    # A parameter of the customer's own URL is none of Twilio's.
    assert len({id_of(posted(form, [("RetryCount", str(number))])) for number in range(3)}) == 3


def test_every_kind_of_webhook_is_in_the_table_with_its_page() -> None:
    assert len(WEBHOOKS) >= 25
    assert all(webhook.page.startswith("https://") for webhook in WEBHOOKS.values())
    assert all((webhook.form is None) != (webhook.document is None) for webhook in WEBHOOKS.values())
