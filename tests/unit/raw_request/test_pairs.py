"""Key-value inputs of raw requests."""

from typing import Any

import pytest

from twilio_connector.errors import InvalidInputError
from twilio_connector.raw_request.pairs import text_pairs


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ({}, []),
        ([], []),
        ({"To": "+1", "PageSize": 5}, [("To", "+1"), ("PageSize", "5")]),
        ([{"key": "a", "value": "1"}, {"key": "a", "value": ""}], [("a", "1"), ("a", "")]),
        ({"flag": True, "ratio": 1.5}, [("flag", "true"), ("ratio", "1.5")]),
        ({"MediaUrl": ["x", "y"]}, [("MediaUrl", "x"), ("MediaUrl", "y")]),
        ({"key": "a", "value": "b"}, [("key", "a"), ("value", "b")]),
    ],
)
def test_objects_and_lists_of_keys_and_values_are_pairs(value: Any, expected: list[tuple[str, str]]) -> None:
    assert text_pairs(value, "queryParams") == expected


@pytest.mark.parametrize(
    "value",
    [
        "a=1",
        7,
        True,
        ["a=1"],
        [["a", "1"]],
        [{"key": "a"}],
        [{"key": "a", "value": "1", "more": ""}],
        [{"key": 1, "value": "1"}],
        {"": "1"},
        {" ": "1"},
        {"a": None},
        {"a": {"b": "c"}},
        {"a": [["b"]]},
    ],
)
def test_other_key_value_inputs_are_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="queryParams"):
        text_pairs(value, "queryParams")


def test_an_object_as_a_value_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInputError, match=r"^data: a value that is an object must be written as JSON text\.$"):
        text_pairs({"ContentVariables": {"1": "Ann"}}, "data")
