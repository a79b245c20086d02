"""The table of the front doors: on the page as the tests' models have it, and each cell with its source."""

from random import Random

import pytest

from local.sam import PROJECT_ROOT
from tests.support.front_doors import (
    COLUMNS,
    FUNCTION_URL,
    HTTP_API,
    HTTP_API_1,
    REST_API,
    SOURCES,
    TABLE,
    handed_over,
    markdown,
    paths_of,
)
from tests.support.webhook_deployment import Deployment
from tests.support.webhook_generators import Arriving, sdk_signature

# Recorded on AWS in July 2026, https://github.com/hotsock/voker/pull/8: what was sent, and what the events had of it.
SENT = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty="
DECODED = {
    "empty": [""],
    "encodedPlus": ["a+b"],
    "literalPlus": ["a b"],
    "redirect": ["https://example.com/a/b"],
    "repeat": ["one", "two"],
}
PATH = "/capture/space%20value"
SEEDS = range(8)


def test_the_page_has_the_table_of_the_models() -> None:
    assert markdown() in (PROJECT_ROOT / "docs" / "webhooks.md").read_text()


def test_every_cell_has_a_source_or_says_that_there_is_none() -> None:
    for row, cells in TABLE.items():
        assert len(cells) == len(COLUMNS), row
        for words, numbers in cells:
            assert bool(numbers) == (words not in ("", "unsettled")), (row, words)
    assert {number for cells in TABLE.values() for _, numbers in cells for number in numbers} == set(SOURCES)


def test_the_models_make_what_was_recorded() -> None:
    assert {handed_over(HTTP_API, SENT, Random(seed)).raw for seed in SEEDS} == {SENT}
    assert {handed_over(FUNCTION_URL, SENT, Random(seed)).raw for seed in SEEDS} == {SENT, SENT.replace("+", " ")}
    rebuilt = [handed_over(REST_API, SENT, Random(seed)).values for seed in SEEDS]
    assert DECODED in rebuilt
    assert len({str(values) for values in rebuilt}) > 1
    paths = {door: paths_of(door, PATH, "", Random(0)) for door in (HTTP_API, FUNCTION_URL)}
    assert (paths[HTTP_API].own, paths[HTTP_API].context) == ("/capture/space value",) * 2
    assert (paths[FUNCTION_URL].own, paths[FUNCTION_URL].context) == (PATH, "/capture/space value")
    staged = paths_of(REST_API, f"/live{PATH}", "live", Random(0))
    assert (staged.own, staged.context) == (PATH, f"/live{PATH}")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("door", [HTTP_API, HTTP_API_1, FUNCTION_URL, REST_API])
@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        ("name=Jane+Doe", "name=Jane+Doe"),
        ("name=Jane%20Doe", "name=Jane+Doe"),
        ("name=Jane+Doe", "name=Jane%20Doe"),
        ("order=7&id=3", "order=7&id=3"),
        ("to=a@b&from=it's+Jane&id=:", "to=a%40b&from=it%27s+Jane&id=%3A"),
        ("tag=b&id=3&tag=a&name=it's%20x", "tag=b&id=3&tag=a&name=it%27s+x"),
    ],
)
def test_reported_requests_are_accepted_behind_every_door(door: str, signed: str, sent: str, seed: int) -> None:
    headers = {"x-twilio-signature": sdk_signature(f"https://hooks.example.com/webhook/default?{signed}", [])}
    arriving = Arriving(method="GET", host="hooks.example.com", path="/webhook/default", query=sent, headers=headers)
    assert Deployment().status_of(arriving.through(door, base64=False, seed=seed)) == 204


@pytest.mark.parametrize("path", ["/webhook/default/", "/prod/webhook/default", "/prod/webhook/default/"])
@pytest.mark.parametrize("door", [HTTP_API, FUNCTION_URL, REST_API])
@pytest.mark.parametrize("seed", SEEDS[:4])
def test_a_path_is_signed_as_it_was_called(door: str, path: str, seed: int) -> None:
    stage = "prod" if path.startswith("/prod") and door == REST_API else ""
    headers = {"x-twilio-signature": sdk_signature(f"https://hooks.example.com{path}?a=1", [])}
    host = "hooks.example.com"
    arriving = Arriving(method="GET", host=host, path=path, stage=stage, query="a=1", headers=headers)
    assert Deployment().status_of(arriving.through(door, base64=False, seed=seed)) == 204
