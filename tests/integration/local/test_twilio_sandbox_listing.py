"""Lists of the sandbox: order, inclusive filters, keyset pages, null dates, messages that appear late."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.clients import call

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def page(twilio: TwilioSandbox, query: str) -> dict[str, Any]:
    response = call(twilio, "GET", f"/Messages.json?{query}")
    assert response.status == 200, response.data
    answer: dict[str, Any] = response.json()
    return answer


def sids(twilio: TwilioSandbox, query: str) -> list[str]:
    return [message["sid"] for message in page(twilio, query)["messages"]]


def walk(twilio: TwilioSandbox, query: str) -> list[str]:
    """Follow the pages from the first, and return the SIDs in the order of their appearance."""
    found: list[str] = []
    uri: str | None = f"/Messages.json?{query}"
    while uri:
        answer = call(twilio, "GET", uri).json()
        found += [message["sid"] for message in answer["messages"]]
        uri = answer["next_page_uri"]
    return found


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_list_is_newest_first_and_by_sid_within_a_second() -> None:
    with TwilioSandbox() as twilio:
        [old], same, [new] = twilio.add(date_sent=NOON), twilio.add(5, NOON + SECOND), twilio.add()

        assert sids(twilio, "") == [new, *sorted(same), old]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (f"DateSent>={stamp(NOON)}", [NOON, NOON + SECOND]),
        (f"DateSent<={stamp(NOON)}", [NOON - SECOND, NOON]),
        (f"DateSent>={stamp(NOON)}&DateSent<={stamp(NOON)}", [NOON]),
        (f"DateSent={stamp(NOON)}", [NOON]),
        (f"DateSent={NOON:%Y-%m-%d}", [NOON - SECOND, NOON, NOON + SECOND]),
        (f"DateSent>={NOON + DAY:%Y-%m-%d}", []),
        (f"DateSent<={NOON:%Y-%m-%d}", [NOON - SECOND, NOON, NOON + SECOND]),
        (f"DateSent<={NOON - DAY:%Y-%m-%d}", []),
        (f"DateSent>={NOON:%Y-%m-%d}", [NOON - SECOND, NOON, NOON + SECOND]),
        (f"DateSent>={stamp(NOON + SECOND)}&DateSent<={stamp(NOON)}", []),
        (f"{quote('DateSent>')}={quote(stamp(NOON + SECOND))}", [NOON + SECOND]),
    ],
)
def test_date_filters_are_inclusive_at_one_second(query: str, wanted: list[datetime]) -> None:
    with TwilioSandbox() as twilio:
        by_date = {date: twilio.add(date_sent=date)[0] for date in (NOON - SECOND, NOON, NOON + SECOND)}

        assert sids(twilio, query) == [by_date[date] for date in reversed(wanted)]


@pytest.mark.parametrize(
    "query",
    [f"DateSent>={stamp(NOON)}&DateSent<={stamp(NOON)}", f"DateSent={stamp(NOON)}", f"DateSent={NOON:%Y-%m-%d}"],
)
def test_filters_can_read_an_instant_as_its_whole_day(query: str) -> None:
    day = NOON.replace(hour=0)
    with TwilioSandbox(filters_by_day=True) as twilio:
        dates = (day - SECOND, day, NOON, day + DAY - SECOND, day + DAY)
        _, first, noon, last, _ = (twilio.add(date_sent=date)[0] for date in dates)

        assert sids(twilio, query) == [last, noon, first]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("PageSize=1001", 20007),
        ("PageSize=0", 20007),
        ("PageSize=many", 20001),
        ("Page=1", 20001),
        ("Page=1&PageToken=nonsense", 21481),
        ("PageToken=PAAAAA", 21481),
        ("PageToken=PA_w==", 21481),
        ("DateSent>=yesterday", 20001),
        ("DateSent>=2026-13-01", 20001),
        # Named, since workers side by side have to call the same test the same.
        pytest.param(f"DateSent>={stamp(datetime.now(UTC) - timedelta(days=401))}", 20004, id="401 days ago"),
    ],
)
def test_a_bad_query_is_refused_with_its_code(query: str, code: int) -> None:
    with TwilioSandbox() as twilio:
        response = call(twilio, "GET", f"/Messages.json?{query}")

    assert (response.status, response.json()["code"]) == (400, code)


def test_the_envelope_has_host_relative_uris_that_keep_the_filters() -> None:
    with TwilioSandbox() as twilio:
        twilio.add(5, NOON, to="+15551234567")
        query = f"To=%2B15551234567&DateSent>={stamp(NOON)}&PageSize=2"
        first = page(twilio, query)
        second = call(twilio, "GET", first["next_page_uri"]).json()
        third = call(twilio, "GET", second["next_page_uri"]).json()

    assert (first["page"], first["page_size"], first["start"], first["end"]) == (0, 2, 0, 1)
    assert (third["page"], third["start"], third["end"]) == (2, 4, 4)
    assert first["previous_page_uri"] is None
    assert third["next_page_uri"] is None
    path = f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json?"
    for uri in (first["uri"], first["first_page_uri"], first["next_page_uri"], third["previous_page_uri"]):
        assert uri.startswith(path)
        assert "To=%2B15551234567" in uri
        assert "DateSent%3E=" in uri


def test_the_last_full_page_has_no_next_page() -> None:
    with TwilioSandbox() as twilio:
        twilio.add(4)

        assert page(twilio, "PageSize=4")["next_page_uri"] is None
        assert page(twilio, "PageSize=3")["next_page_uri"] is not None


def test_new_messages_do_not_shift_pages_under_way() -> None:
    with TwilioSandbox() as twilio:
        old = twilio.add(6, NOON, spacing=SECOND)
        first = page(twilio, "PageSize=3")
        twilio.add(3)
        second = call(twilio, "GET", first["next_page_uri"]).json()

    walked = [message["sid"] for message in first["messages"] + second["messages"]]
    assert walked == old[::-1]


def test_a_page_token_survives_the_deletion_of_its_message() -> None:
    with TwilioSandbox() as twilio:
        old = twilio.add(4, NOON, spacing=SECOND)
        first = page(twilio, "PageSize=2")
        call(twilio, "DELETE", f"/Messages/{first['messages'][-1]['sid']}.json")
        second = call(twilio, "GET", first["next_page_uri"]).json()

    assert [message["sid"] for message in second["messages"]] == [old[1], old[0]]


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize("match", [True, False], ids=["match", "do not match"])
def test_null_dates_stand_and_match_as_configured(first: bool, match: bool) -> None:
    with TwilioSandbox(null_dates_first=first, null_dates_match_filters=match) as twilio:
        dated, [null] = twilio.add(2, NOON, spacing=SECOND), twilio.add(date_sent=None)
        dated.reverse()
        everything = [null, *dated] if first else [*dated, null]

        assert walk(twilio, "PageSize=1") == everything
        filtered = walk(twilio, f"PageSize=1&DateSent>={stamp(NOON)}")
        assert filtered == (everything if match else dated)


def test_a_message_gets_its_place_by_date_when_it_is_sent() -> None:
    with TwilioSandbox(null_dates_first=False) as twilio:
        [null], [dated] = twilio.add(date_sent=None, status="queued"), twilio.add(date_sent=NOON)
        assert sids(twilio, "") == [dated, null]

        twilio.update_status(null, "sent")

        assert sids(twilio, "") == [null, dated]


def test_an_unlisted_message_can_be_fetched_and_appears_late_at_its_place() -> None:
    with TwilioSandbox() as twilio:
        listed = twilio.add(2, NOON, spacing=2 * SECOND)
        [late] = twilio.add(date_sent=NOON + SECOND, listed=False)
        assert call(twilio, "GET", f"/Messages/{late}.json").status == 200
        assert sids(twilio, "") == listed[::-1]

        twilio.reveal(late)

        assert sids(twilio, "") == [listed[1], late, listed[0]]


def test_with_a_listing_lag_created_messages_are_missing_from_lists() -> None:
    form = {"To": "+15551234567", "From": "+15558675309", "Body": "hi"}
    with TwilioSandbox(listing_lag=3600) as twilio:
        sid = call(twilio, "POST", "/Messages.json", form=form).json()["sid"]

        assert call(twilio, "GET", f"/Messages/{sid}.json").status == 200
        assert sids(twilio, "") == []


def test_messages_of_some_texts_can_be_listed_late() -> None:
    with TwilioSandbox(status_delay=None) as twilio:
        with twilio.listing_late("late"):
            for body in ("late", "prompt"):
                form = {"To": "+15551234567", "From": "+15558675309", "Body": body}
                assert call(twilio, "POST", "/Messages.json", form=form).status == 201
            assert [message["body"] for message in page(twilio, "")["messages"]] == ["prompt"]
        assert len(sids(twilio, "")) == 2


def test_a_short_listing_lag_ends_by_itself() -> None:
    form = {"To": "+15551234567", "From": "+15558675309", "Body": "hi"}
    with TwilioSandbox(listing_lag=0.2, status_delay=0.01) as twilio:
        sid = call(twilio, "POST", "/Messages.json", form=form).json()["sid"]
        while not (listed := sids(twilio, "")):
            assert len(twilio.requests) < 1000

    assert listed == [sid]


@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.endurance)])
def test_as_many_messages_as_there_may_be_are_walked_without_loss_or_repetition(count: int) -> None:
    with TwilioSandbox() as twilio:
        added = twilio.add(count, NOON - DAY, spacing=timedelta(milliseconds=250))
        dates = {message.sid: message.date_sent for message in twilio.messages}

        walked = walk(twilio, "PageSize=1000")

        assert len(walked) == len(added)
        assert walked == sorted(added, key=lambda sid: (-dates[sid].timestamp(), sid))  # type: ignore[union-attr]


def test_lists_stay_right_while_messages_are_created_and_sent() -> None:
    form = {"To": "+15551234567", "From": "+15558675309", "Body": "hi"}
    with TwilioSandbox(status_delay=0.001) as twilio:
        old = twilio.add(300, NOON, spacing=SECOND)
        senders = [
            threading.Thread(target=lambda: [call(twilio, "POST", "/Messages.json", form=form) for _ in range(10)])
            for _ in range(5)
        ]
        for sender in senders:
            sender.start()
        walked = walk(twilio, f"PageSize=20&DateSent<={stamp(NOON + DAY)}")
        for sender in senders:
            sender.join()
        twilio.wait_until(lambda: all(message.status == "delivered" for message in twilio.messages))

        assert walked == old[::-1]
        assert len(set(walk(twilio, "PageSize=100"))) == 350
