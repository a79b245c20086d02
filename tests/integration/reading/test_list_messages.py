"""The function list_messages against the sandbox: bounded parts, and tokens to go on with."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.twilio_sandbox import Fault, TwilioSandbox
from tests.support.changed_answers import ChangedAnswer, change_messages
from tests.support.fakes import FakeContext, FakeSecrets
from tests.support.world import World
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import InvalidInputError, TwilioRejectedError, TwilioResponseError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.reading.list_messages import list_messages
from twilio_connector.settings import ConnectionSettings
from twilio_connector.twilio.client import TwilioClient

NOW = datetime.now(UTC).replace(microsecond=0)
LAMBDA_BYTES = 6 * 1024 * 1024
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
STEP_FUNCTIONS_BYTES = 256 * 1024
SECOND = timedelta(seconds=1)


def walk(world: World, event: dict[str, Any]) -> list[dict[str, Any]]:
    """All messages of a list, by its tokens, from the one of *event* on."""
    found: list[dict[str, Any]] = []
    token: str | None = event.get("pageToken", "")
    while token is not None:
        result = world.invoke("list_messages", event | {"pageToken": token})
        found += result["data"]
        token = result["nextPageToken"]
    return found


def sids(messages: list[dict[str, Any]]) -> list[str]:
    return [message["sid"] for message in messages]


def test_messages_come_newest_first_and_end_without_a_token(world: World) -> None:
    oldest_first = world.twilio.add(5, date_sent=NOW - timedelta(hours=1), spacing=SECOND)
    result = world.invoke("list_messages", {})
    assert sids(result["data"]) == oldest_first[::-1]
    assert result["nextPageToken"] is None
    assert {len(message) for message in result["data"]} == {20}


def test_no_more_than_a_thousand_come_unless_the_limit_says_otherwise(world: World) -> None:
    world.twilio.add(2_100)
    result = world.invoke("list_messages", {})
    assert len(result["data"]) == 1_000
    assert result["nextPageToken"]
    assert len(world.invoke("list_messages", {"limit": "2100"})["data"]) == 2_100


@pytest.mark.parametrize(("body", "limit"), [("x" * 1_600, 100), ("\N{GRINNING FACE}" * 1_600, 30)])
def test_step_functions_takes_so_many_messages_as_the_readme_says(world: World, body: str, limit: int) -> None:
    world.twilio.add(limit + 1, body=body)
    found = world.invoke("list_messages", {"limit": limit})
    assert len(found["data"]) == limit
    assert found["nextPageToken"]
    # A message that failed, of a messaging service, names both.
    room = limit * len('"errorCode": 30005, "errorMessage": "Unknown destination handset", "MG…"' + "0" * 32)
    assert len(json.dumps(found, ensure_ascii=False).encode()) + room < STEP_FUNCTIONS_BYTES


def test_it_does_not_take_what_comes_without_a_limit(world: World) -> None:
    world.twilio.add(1_000, body="Your appointment is confirmed for tomorrow at 2:00 PM.")
    assert 700_000 < len(json.dumps(world.invoke("list_messages", {}))) < 900_000


def test_exactly_the_limit_has_no_token(world: World) -> None:
    world.twilio.add(5)
    assert world.invoke("list_messages", {"limit": 5})["nextPageToken"] is None


def test_numbers_are_filtered_by_in_any_spelling(world: World) -> None:
    (wanted,) = world.twilio.add(from_="+15555551234", to="+15551234567")
    world.twilio.add(from_="+15555551234", to="+15550000000")
    world.twilio.add(from_="+15550000000", to="+15551234567")
    assert sids(walk(world, {"from": "(555) 555-1234", "to": "5551234567"})) == [wanted]


@pytest.mark.parametrize("twilio", [{}, {"filters_by_day": True}], indirect=True, ids=["by second", "by day"])
@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (timedelta(0), 2 * SECOND, [0, 1, 2]),
        (timedelta(milliseconds=1), timedelta(seconds=1.999), [1]),
        (None, timedelta(0), [0]),
        (2 * SECOND, None, [2, 3]),
        (2 * SECOND, SECOND, []),
    ],
)
def test_bounds_are_inclusive_and_may_lie_between_seconds(
    world: World, after: timedelta | None, before: timedelta | None, expected: list[int]
) -> None:
    start = NOW - timedelta(hours=1)
    added = world.twilio.add(4, date_sent=start, spacing=SECOND)
    world.twilio.add(1, date_sent=None, status="queued")
    event = {
        name: (start + bound).isoformat()
        for name, bound in (("dateSentAfter", after), ("dateSentBefore", before))
        if bound is not None
    }
    assert sorted(map(added.index, sids(walk(world, event)))) == expected


@pytest.mark.parametrize("twilio", [{"null_dates_match_filters": True}], indirect=True)
def test_an_undated_message_is_not_within_bounds_whatever_twilio_thinks(world: World) -> None:
    (undated,) = world.twilio.add(1, date_sent=None, status="queued")
    (dated,) = world.twilio.add(1, date_sent=NOW)
    assert sids(walk(world, {"dateSentAfter": (NOW - SECOND).isoformat()})) == [dated]
    assert sorted(sids(walk(world, {}))) == sorted([undated, dated])


def store_of(sandbox: TwilioSandbox) -> ConnectionStore:
    """A store of one connection."""
    secrets = FakeSecrets()
    secrets.put("default", json.dumps({"accountSid": sandbox.account_sid, "authToken": sandbox.auth_token}))
    return ConnectionStore(SecretCache(secrets, ""), ConnectionSettings("", sandbox.url))  # type: ignore[arg-type]


@given(
    there=st.integers(0, 40),
    steps=st.lists(st.tuples(st.integers(1, 15), st.integers(0, 4), st.booleans()), min_size=1, max_size=6),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_walking_with_any_limits_gives_every_message_once_while_new_ones_arrive(
    there: int, steps: list[tuple[int, int, bool]]
) -> None:
    with TwilioSandbox(seed=1) as sandbox:
        store = store_of(sandbox)
        before = sandbox.add(there, date_sent=NOW - timedelta(hours=1))
        found: list[str] = []
        token: str | None = ""
        calls = 0
        while token is not None:
            limit, arriving, same_second = steps[calls % len(steps)]
            calls += 1
            result = list_messages(
                {"limit": limit, "pageToken": token}, lambda name: TwilioClient(store, name, Deadline.after(60))
            )
            assert len(result["data"]) <= limit
            found += sids(result["data"])
            token = result["nextPageToken"]
            if calls <= len(steps):
                sandbox.add(arriving, date_sent=NOW - timedelta(hours=1) if same_second else NOW)
        assert len(found) == len(set(found))
        assert set(before) <= set(found)


@pytest.mark.parametrize("body", ["\x01" * 1_600, "é" * 1_600, '"\\' * 800], ids=["control", "two bytes", "escaped"])
def test_no_response_outgrows_lambdas_limit_whatever_the_bodies_hold(world: World, body: str) -> None:
    added = world.twilio.add(1_500, body=body)
    found: list[str] = []
    token: str | None = ""
    while token is not None:
        result = world.invoke("list_messages", {"limit": 10_000, "pageToken": token})
        assert len(json.dumps(result)) <= LAMBDA_BYTES
        assert result["data"]
        found += sids(result["data"])
        token = result["nextPageToken"]
    assert sorted(found) == sorted(added)


def test_a_page_of_the_longest_emoji_bodies_is_read(world: World) -> None:
    # Twilio counts UTF-16 units, of which an emoji has two.
    added = world.twilio.add(1_000, body="🙂" * 800)
    result = world.invoke("list_messages", {})
    assert len(json.dumps(result)) <= LAMBDA_BYTES
    assert sids(result["data"]) == sorted(added)[: len(result["data"])]
    assert result["nextPageToken"]


def test_a_list_that_is_short_of_time_ends_with_a_token(world: World) -> None:
    added = world.twilio.add(2_500)
    result = world.invoke("list_messages", {"limit": 10_000}, FakeContext(seconds=11))
    assert len(result["data"]) == 1_000
    rest = walk(world, {"limit": 10_000, "pageToken": result["nextPageToken"]})
    assert sorted(sids(result["data"]) + sids(rest)) == sorted(added)


@pytest.mark.parametrize(
    "other",
    [{"connection": "other"}, {"to": "+15550000000"}, {"from": "12345"}, {"dateSentAfter": "2026-03-15"}],
)
def test_a_token_belongs_to_its_connection_and_filters(world: World, other: dict[str, str]) -> None:
    world.put_connection("other", {"accountSid": world.twilio.account_sid, "authToken": world.twilio.auth_token})
    world.twilio.add(5)
    token = world.invoke("list_messages", {"limit": 2})["nextPageToken"]
    requests = len(world.twilio.requests)

    with pytest.raises(InvalidInputError, match="another connection or to other filters"):
        world.invoke("list_messages", {"pageToken": token} | other)

    assert len(world.twilio.requests) == requests
    assert len(world.invoke("list_messages", {"pageToken": token, "limit": 3})["data"]) == 3


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/2010-04-01/Messages.json?",
        "//evil.example/2010-04-01/Messages.json?",
        "@evil.example/",
        "/2010-04-01/Accounts.json?",
        "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json?",
        "/2010-04-01/Accounts/{account}/Messages/../../../Accounts.json?",
        "/2010-04-01/Accounts/{account}/Messages.json",
        "",
    ],
)
def test_a_forged_token_leads_nowhere(world: World, uri: str) -> None:
    world.twilio.add(5)
    proper = world.invoke("list_messages", {"limit": 2})["nextPageToken"]
    binding, _, marks = json.loads(base64.urlsafe_b64decode(proper))
    forged = json.dumps([binding, uri.format(account=world.twilio.account_sid), marks])
    requests = len(world.twilio.requests)

    with pytest.raises(InvalidInputError, match="pageToken"):
        world.invoke("list_messages", {"pageToken": base64.urlsafe_b64encode(forged.encode()).decode()})

    assert len(world.twilio.requests) == requests


@pytest.mark.parametrize("token", ["x", "ü", "e30=", "W10=", "WzEsMiwzXQ==", "bnVsbA==", "W1tbW1s=", 5, ["x"]])
def test_what_is_no_token_is_refused(world: World, token: Any) -> None:
    with pytest.raises(InvalidInputError, match="pageToken"):
        world.invoke("list_messages", {"pageToken": token})
    assert world.twilio.requests == []


def test_a_token_that_twilio_refuses_is_told(world: World) -> None:
    world.twilio.add(5)
    token = world.invoke("list_messages", {"limit": 2})["nextPageToken"]
    world.twilio.inject(Fault.RefusePageToken())
    with pytest.raises(TwilioRejectedError, match="code 21481"):
        world.invoke("list_messages", {"limit": 2, "pageToken": token})


@pytest.mark.parametrize("limit", [2, 5])
@pytest.mark.parametrize("uri", ["", None])
def test_a_list_without_a_next_page_is_at_its_end_however_twilio_says_so(
    world: World, uri: str | None, limit: int
) -> None:
    world.twilio.add(5)
    world.twilio.inject(ChangedAnswer(change=lambda body: body.update(next_page_uri=uri)))
    result = world.invoke("list_messages", {"limit": limit})
    assert (len(result["data"]), result["nextPageToken"]) == (limit, None)


@pytest.mark.parametrize(
    "uri",
    [
        " ",
        5,
        ["x"],
        "https://evil.example/2010-04-01/Accounts/{sid}/Messages.json?Page=1",
        "/2010-04-01/Accounts/{sid}/Calls.json?Page=1",
        "/2010-04-01/Accounts/AC{zeros}/Messages.json?Page=1",
        "//evil.example/Messages.json?Page=1",
    ],
)
@pytest.mark.parametrize("limit", [2, 5, 7])
def test_no_token_is_handed_out_that_the_next_call_would_refuse(world: World, uri: Any, limit: int) -> None:
    following = uri.format(sid=world.twilio.account_sid, zeros="0" * 32) if isinstance(uri, str) else uri
    world.twilio.add(5)
    world.twilio.inject(ChangedAnswer(change=lambda body: body.update(next_page_uri=following)))
    with pytest.raises(TwilioResponseError, match="next page"):
        world.invoke("list_messages", {"limit": limit})


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("list_messages", {}),
        ("select_message", {}),
        ("get_sms", {"messageSid": "{sid}"}),
        ("raw_request", {"url": "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"}),
        ("send_sms", {"to": "+15551234567", "from": "+15558675309", "message": "x"}),
    ],
)
def test_a_message_cut_in_the_middle_of_a_character_is_no_end_of_any_function(
    world: World, function: str, event: dict[str, str]
) -> None:
    [sid] = world.twilio.add(1)
    cut = "half of it \ud83d"
    world.twilio.inject(change_messages(body=cut, to=cut, error_message=cut, subresource_uris={cut: cut}))
    result = world.invoke(function, {name: value.format(sid=sid) for name, value in event.items()})
    written = json.dumps(result, ensure_ascii=False, allow_nan=False).encode()
    assert b"half of it" in written
