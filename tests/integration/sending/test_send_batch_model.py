"""A model of the send queue, checked by Hypothesis: batches sent by threads, with one text and one recipient for all.

Whatever they meet, and whichever dies: nobody is texted twice, none gets another's message, each ends in one place.
How the threads take turns is the machine's to say, so that a failure may not come again; what is promised holds for all
turns. The model of single sends (``test_send_model.py``) plays every turn.
"""

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.support.histories import BATCHES
from tests.support.send_batches import Queued, QueueHistory, Upset, often_interrupted
from tests.support.send_fakes import Answer
from tests.support.send_histories import (
    FIRST,
    HOLD,
    OTHER,
    OTHER_TEXT,
    PICTURE,
    SECOND,
    TEMPLATE,
    TEXT,
    TWIN,
    Request,
)

REQUESTS = [FIRST, SECOND, TWIN, TEMPLATE, OTHER, PICTURE, *(FIRST._replace(key=f"more-{n}") for n in range(5))]
ANSWERS = st.lists(
    st.sampled_from([Answer.CREATED, Answer.CREATED, Answer.LOST, Answer.FAILED, *Answer]), min_size=1, max_size=5
)
MESSAGES = st.lists(
    st.builds(
        Queued,
        request=st.sampled_from(REQUESTS),
        answers=ANSWERS,
        # All messages are listed before the hold of their attempt ends.
        lag=st.sampled_from([0.0, 0.0, 60.0, HOLD - 1.0]),
    ),
    min_size=2,
    max_size=14,
)
UPSETS = st.lists(
    st.builds(
        Upset,
        conflicts=st.booleans(),
        killed_at=st.one_of(st.none(), st.none(), st.integers(1, 80)),
        refused=st.sampled_from([0, 0, 1, 10]),
    ),
    max_size=4,
)


def name_of(request: Request) -> str:
    return f"{request.connection}/{request.key}"


def judge(history: QueueHistory) -> None:
    requests = {name_of(one.request): one.request for one in history.messages.values()}
    sent, failed = history.told("Message Sent"), history.told("Message Send Failed")
    # Each ends in one place: those under one key, in one of the three.
    told = {key for key, _ in sent} | {key for key, _ in failed}
    dead = {name_of(history.messages[message_id].request) for message_id in history.dead}
    assert told | dead == requests.keys()
    # Under one key there is one message, and it is that of no other.
    sids = defaultdict[str, set[str]](set)
    for key, data in sent:
        sids[key].add(data["message"]["sid"])
        assert history.twilio.content_of(data["message"]["sid"]) == (requests[key].text, requests[key].media)
    recognisable = {key: found for key, found in sids.items() if requests[key].is_recognisable}
    assert all(len(found) == 1 for found in recognisable.values())
    reported = Counter(sid for found in sids.values() for sid in found)
    assert set(reported.values()) <= {1}
    # And nobody was texted twice: of lost messages with one text, it does not matter whose each is.
    asked, again = set[str](), Counter[str]()
    for request, client in history.clients:
        if client.attempts:
            again[request.text] += name_of(request) in asked and not request.is_recognisable and client.answer.accepted
            asked.add(name_of(request))
    for text in (TEXT, OTHER_TEXT):
        count = sum(message.resource["body"] == text for message in history.twilio.messages)
        assert count <= sum(requests[key].text == text for key in asked) + again[text]
    # What was asked for had a place, and no limit was exceeded.
    places = Counter(key.partition("/")[0] for key in accepted_of(history))
    assert not history.per_day or max(places.values(), default=0) <= history.per_day


def accepted_of(history: QueueHistory) -> set[str]:
    """The keys under which Twilio accepted a message; one that comes again after the hold has its place since."""
    return {name_of(request) for request, client in history.clients if client.attempts and client.answer.accepted}


@pytest.mark.parametrize(("histories", "first"), BATCHES)
def test_whatever_batches_meet_nobody_is_texted_twice_and_each_input_ends_in_one_place(
    histories: int, first: int | None
) -> None:
    @settings(max_examples=histories, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(messages=MESSAGES, upsets=UPSETS, at_once=st.sampled_from([1, 2, 5, 10]), limit=st.sampled_from([0, 0, 3]))
    def play(messages: list[Queued], upsets: list[Upset], at_once: int, limit: int) -> None:
        history = QueueHistory({f"m{number}": one for number, one in enumerate(messages)}, at_once, limit)
        with often_interrupted():
            history.play(upsets)
        judge(history)

    (seed(first)(play) if first is not None else play)()
