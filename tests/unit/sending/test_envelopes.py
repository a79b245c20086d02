"""Envelopes around inputs: those that are unwrapped, those that are refused, and inputs, which are taken for none."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.envelopes import REFUSED, UNWRAPPED, eventbridge_event, sns_notification
from twilio_connector.errors import InvalidInputError
from twilio_connector.sending.envelopes import INPUTS, MAX_LAYERS, unwrapped
from twilio_connector.sending.inputs import SEND_INPUTS

INPUT = {"to": "+15551234567", "from": "+15555551234", "message": "Hello from Acme!", "connection": "sales"}
# Of few letters, which are drawn quickly.
TEXT = st.text('a"{\\', max_size=4)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
# What keys of envelopes hold.
ENVELOPES = [make(INPUT) for make in [*UNWRAPPED.values(), *(make for make, _ in REFUSED.values())]]
OBJECTS: list[dict[str, Any]] = [each for each in ENVELOPES if isinstance(each, dict)]
WRITTEN = {key: value for each in OBJECTS for key, value in each.items()}


@pytest.mark.parametrize("name", UNWRAPPED)
def test_an_envelope_gives_the_input_word_for_word(name: str) -> None:
    assert unwrapped(json.loads(json.dumps(UNWRAPPED[name](INPUT)))) == INPUT


@pytest.mark.parametrize("name", REFUSED)
def test_another_one_is_refused_with_what_to_change_and_without_contents(name: str) -> None:
    make, change = REFUSED[name]
    with pytest.raises(InvalidInputError) as caught:
        unwrapped(json.loads(json.dumps(make(INPUT))))
    assert change in str(caught.value)
    assert [
        private
        for private in ("5551234567", "5555551234", "Acme", "sales", "demo-bucket")
        if private in str(caught.value)
    ] == []


@given(st.dictionaries(st.sampled_from(sorted(INPUTS)), ANYTHING | st.sampled_from(ENVELOPES)))
def test_an_input_is_never_taken_for_an_envelope(document: dict[str, Any]) -> None:
    assert unwrapped(document) == document


@given(
    st.dictionaries(st.sampled_from(sorted(WRITTEN)), st.none()),
    st.dictionaries(TEXT, ANYTHING, max_size=3),
    ANYTHING,
)
def test_an_object_with_a_recipient_is_an_input_whatever_else_it_holds(
    keys: dict[str, None], further: dict[str, Any], recipient: Any
) -> None:
    document = {**further, **{key: WRITTEN[key] for key in keys}, "to": recipient}
    assert unwrapped(document) == document


@pytest.mark.parametrize("envelope", OBJECTS, ids=lambda each: "-".join(each)[:30])
def test_no_envelope_has_a_key_of_an_input(envelope: dict[str, Any]) -> None:
    assert not envelope.keys() & INPUTS


@given(st.dictionaries(TEXT | st.sampled_from(["from", "message", "phone"]), ANYTHING))
def test_an_object_that_is_no_envelope_is_left_to_send_sms(document: dict[str, Any]) -> None:
    assert unwrapped(document) == document


@given(st.dictionaries(st.sampled_from(sorted(WRITTEN)), ANYTHING | st.sampled_from(list(WRITTEN.values()))))
def test_a_mixture_of_envelopes_is_read_or_refused_and_nothing_else(document: dict[str, Any]) -> None:
    with suppress(InvalidInputError):
        assert isinstance(unwrapped(document), dict)


def test_every_input_may_stand_in_the_detail_of_an_event() -> None:
    detail = dict.fromkeys(["connection", *SEND_INPUTS], "x")
    assert unwrapped(eventbridge_event(detail)) == detail


@pytest.mark.parametrize("layers", range(MAX_LAYERS + 2))
def test_so_many_layers_are_taken_off(layers: int) -> None:
    document: Any = INPUT
    for _ in range(layers):
        document = sns_notification(json.dumps(document))
    assert (unwrapped(document) == INPUT) == (layers <= MAX_LAYERS)


@pytest.mark.parametrize("document", [None, True, 5, 1.5, [], [INPUT], ["S3Pointer"], ["x", {}]])
def test_what_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(InvalidInputError, match="not a JSON object"):
        unwrapped(document)
