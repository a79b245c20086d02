"""How the query string of a signed URL may have been written."""

from itertools import permutations
from random import Random
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.front_doors import REST_API
from tests.support.webhook_generators import PAIRS, Pairs, queries
from twilio_connector.webhook.http_request import HttpRequest
from twilio_connector.webhook.query_spellings import MAX_ORDERED, spellings

HASH = "bodySHA256=00"


def request(query: str, parameters: list[tuple[str, str]] | None = None) -> HttpRequest:
    return HttpRequest(
        method="POST",
        connection="default",
        hosts=(),
        paths=(),
        query=query,
        parameters=None if parameters is None else tuple(parameters),
        headers={},
        body=b"",
    )


def spelled(query: str) -> list[str]:
    """The spellings of a query string that is there, without question marks."""
    return [made.removeprefix("?") for _, made in spellings(request(query))]


def rebuilt(*parameters: tuple[str, str]) -> list[str]:
    """Those of decoded parameters."""
    return [made.removeprefix("?") for _, made in spellings(request("x", list(parameters)))]


def test_the_query_string_itself_comes_first_and_each_spelling_once() -> None:
    query = "a=it%27s+x%20y&b=%40%3A%3a"
    assert spelled(query)[0] == query
    assert len(spelled(query)) == len(set(spelled(query))) == 3 * 2**3


@pytest.mark.parametrize(
    ("seen", "signed"),
    [
        # A door that undoes a plus hands a blank over, which no URL holds.
        ("name=Jane Doe", "name=Jane+Doe"),
        ("name=Jane Doe", "name=Jane%20Doe"),
        ("name=Jane Doe%20Roe", "name=Jane+Doe%20Roe"),
        ("name=Jane+Doe", "name=Jane%20Doe"),
        ("name=Jane%20Doe", "name=Jane+Doe"),
        ("to=a%40b&name=Jane Doe", "to=a@b&name=Jane+Doe"),
        ("to=a%40b&name=Jane+Doe", "to=a@b&name=Jane%20Doe"),
        ("to=sip%3aa%40b&note=it%27s", "to=sip:a@b&note=it%27s"),
        ("to=sip%3Aa%40b&note=it%27s+x", "to=sip:a@b&note=it's%20x"),
    ],
)
def test_a_query_string_is_tried_as_twilio_may_have_signed_it(seen: str, signed: str) -> None:
    assert signed in spelled(seen)


@pytest.mark.parametrize(
    ("parameters", "signed"),
    [
        ([("id", "3"), ("order", "7")], "order=7&id=3"),
        ([("name", "Jane Doe"), ("to", "a@b")], "to=a@b&name=Jane%20Doe"),
        ([("name", "Jane Doe"), ("to", "a@b")], "to=a%40b&name=Jane+Doe"),
        ([("tag", "a"), ("tag", "b"), ("id", "3")], "tag=b&id=3&tag=a"),
        ([("flag", ""), ("next", "https://example.com/a,b")], "next=https://example.com/a,b&flag"),
        ([("next", "/a(b)'"), ("x", "!*")], "x=!*&next=%2Fa(b)'"),
        ([("bodySHA256", "00"), ("b", "2"), ("a", "1")], f"a=1&b=2&{HASH}"),
        ([("d", "4"), ("c", "3"), ("b", "2"), ("bodySHA256", "00"), ("a", "1")], f"b=2&d=4&a=1&c=3&{HASH}"),
        ([("b", "1"), ("b", "2"), ("b", "3"), ("a", "4"), ("a", "5")], "a=4&a=5&b=1&b=2&b=3"),
        ([("to", "sip:a@b"), ("by", "it's")], "by=it%27s&to=sip%3Aa@b"),
        ([("to", "sip:a@b"), ("by", "(it's)")], "by=%28it%27s%29&to=sip:a%40b"),
        ([("at", "10:30"), ("path", "a/b"), ("who", "(x)")], "who=%28x%29&path=a/b&at=10%3A30"),
        ([("a", "*"), ("at", "10:30"), ("who", "(x)")], "who=%28x%29&a=*&at=10%3A30"),
        ([("", ""), ("a", "")], "a&="),
        ([("a%", "+&=")], "a%25=%2B%26%3D"),
    ],
)
def test_decoded_parameters_are_tried_in_every_order_and_usual_spelling(
    parameters: list[tuple[str, str]], signed: str
) -> None:
    assert signed in rebuilt(*parameters)


def test_four_parameters_come_in_every_order_once_and_five_in_one() -> None:
    four = [(name, "1") for name in "abcd"]
    assert sorted(rebuilt(*four)) == sorted("&".join(f"{name}=1" for name in order) for order in permutations("abcd"))
    assert rebuilt(*four, ("bodySHA256", "00"))[0] == f"a=1&b=1&c=1&d=1&{HASH}"
    assert rebuilt(*four, ("e", "1")) == ["a=1&b=1&c=1&d=1&e=1"]
    assert len(rebuilt(*[("a", "1")] * MAX_ORDERED)) == 1


def survives_decoding(query: str) -> bool:
    """Whether *query* can be recovered from its decoded parameters in any order: all that a REST API keeps of it."""
    # Not in their own order, which is the first that is tried.
    return not query or query in rebuilt(*reversed(parse_qsl(query, keep_blank_values=True)))


@given(data=st.data(), pairs=PAIRS)
def test_what_can_be_told_again_from_decoded_parameters_survives_a_rest_api(data: st.DataObject, pairs: Pairs) -> None:
    query = data.draw(queries(pairs[:MAX_ORDERED], REST_API)).signed
    parameters = parse_qsl(query, keep_blank_values=True)
    Random(len(query)).shuffle(parameters)
    assert query in rebuilt(*parameters) or not query
    assert survives_decoding(query)


@pytest.mark.parametrize(
    "query", ["b=1&a=2&e=3&d=4&c=5", "a=%7E", "a=1&&b=2", "a=x+y&b=x%20y", "a=%2f", "a=%ff", "a&b="]
)
def test_other_query_strings_do_not(query: str) -> None:
    assert not survives_decoding(query)


def test_each_spelling_is_told_by_how_it_was_made() -> None:
    assert list(spellings(request(""))) == [("raw", ""), ("raw", "?")]
    assert list(spellings(request("a=%40+b"))) == [
        ("raw", "?a=%40+b"),
        ("blanks", "?a=%40%20b"),
        ("unescaped", "?a=@+b"),
        ("blanks", "?a=@%20b"),
    ]
    decoded = list(spellings(request("x", [("a", "1"), ("b", " ")])))
    assert decoded[0] == ("raw", "?a=1&b=+")
    assert {word for word, _ in decoded[1:]} == {"rebuilt"}
    assert set(rebuilt(("a", "1"), ("b", " "))) == {"a=1&b=+", "b=+&a=1", "a=1&b=%20", "b=%20&a=1"}


def test_a_few_characters_may_stand_unescaped_each_by_itself_and_more_only_as_usual() -> None:
    # Three of all that a query may hold: any of them. The usual sets come first, and none of it twice.
    three = rebuilt(("a", ",;/"))
    assert len(three) == len(set(three)) == 2**3
    assert (three[0], "a=,%3B/" in three) == ("a=%2C%3B%2F", True)
    four = rebuilt(("a", ",;/$"))
    assert sorted(four) == sorted(["a=%2C%3B%2F%24", "a=,;/$", "a=%2C%3B/%24"])


def test_half_a_surrogate_pair_is_escaped_and_no_error() -> None:
    assert rebuilt(("a", "\ud800x")) == ["a=%ED%A0%80x"]


def test_four_names_of_more_parameters_come_in_every_order() -> None:
    five = [("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("d", "2")]
    assert len(rebuilt(*five)) == 24
    assert rebuilt(*five, ("e", "1")) == ["a=1&b=1&c=1&d=1&d=2&e=1"]
