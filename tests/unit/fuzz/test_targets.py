"""The targets of `make fuzz`: seeds and earlier findings break no promise, and each target notices a broken one."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.fuzz.__main__ import read_log
from tests.fuzz.mutations import ODD, mutated
from tests.fuzz.target import NAMES, REGRESSIONS, Target
from twilio_connector.webhook.signature import Verdict


def _raise(*_: object, **__: object) -> None:
    raise KeyError("undocumented")


def _first_only(sentence: str, *_: object) -> str:
    return sentence


# By target, what is replaced of what it imports, and by what: a promise is broken then.
BREAKAGES: list[tuple[str, str, Callable[..., Any]]] = [
    ("http_request", "parse_request", _raise),
    ("http_request", "read_claim", _raise),
    ("numbers", "normalize_recipient", lambda value, *_: value),
    ("numbers", "country_of", lambda _: "XX"),
    ("page_tokens", "list_messages", _raise),
    ("page_tokens", "LIST", lambda: "another list"),
    ("payloads", "content_id", lambda *_: "same"),
    ("payloads", "webhook_events", lambda *_: []),
    ("queue", "failed_event", _raise),
    ("queue", "message_parameters", _raise),
    ("redaction", "mask_numbers", _first_only),
    ("redaction", "redact", _first_only),
    ("signatures", "verify", lambda *_: Verdict(None, 0, 0)),
    ("signatures", "verify", lambda *_: Verdict("mismatch")),  # type: ignore[arg-type]  # a cause by its value
    ("strict_json", "parse_json", lambda *_, **__: 0),
    ("strict_json", "parse_json", lambda text, **_: json.loads(text)),
    ("urls", "resolve", lambda *_: "https://twilio.com.example/x"),
    ("urls", "creates_message", lambda method, _: method == "GET"),
]


@pytest.mark.parametrize("name", NAMES)
def test_neither_seeds_nor_what_once_found_something_break_a_promise(name: str) -> None:
    target = Target.load(name)
    inputs = [*target.seeds(), *target.regressions()]
    assert len(inputs) > 5
    for data in [*inputs, b"", b"\xff\xfe", b"null", b"[]", b"{}"]:
        target.fuzz_one(data)


@pytest.mark.parametrize(("name", "what", "instead"), BREAKAGES, ids=[f"{name}-{what}" for name, what, _ in BREAKAGES])
def test_a_broken_promise_is_noticed(
    monkeypatch: pytest.MonkeyPatch, name: str, what: str, instead: Callable[..., Any]
) -> None:
    target = Target.load(name)
    seeds = list(target.seeds())
    monkeypatch.setattr(f"tests.fuzz.targets.{name}.{what}", instead)
    with pytest.raises((AssertionError, KeyError)):
        for data in seeds:
            target.fuzz_one(data)


def test_every_target_has_a_breakage_and_regressions_are_of_targets() -> None:
    assert {name for name, _, _ in BREAKAGES} == set(NAMES)
    assert {folder.name for folder in REGRESSIONS.iterdir()} <= set(NAMES)


def test_mutations_mostly_leave_a_document_one_and_change_it() -> None:
    random, odd, found = Random(1), repr(ODD), list[bytes]()
    seed = json.dumps({"a": ["b", 1, None, {"c": "d"}], "e": "f"}).encode()

    def mutate(data: bytes, most: int) -> bytes:
        return (data[1:] + b"x")[:most]

    for _ in range(500):
        data = seed
        for _ in range(5):
            data = mutated(data, 300, random, mutate, ["word"])
            assert len(data) <= 300
        found.append(data)
    assert sum(map(_is_json, found)) > 150
    assert len(set(found)) > 300
    # What is put in is not the same object that is changed later.
    assert repr(ODD) == odd


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def test_what_libfuzzer_prints_is_read() -> None:
    done = (
        "#2\tINITED cov: 1 ft: 1 corp: 1/8b\n#900\tDONE   cov: 83 ft: 120 corp: 71/3Kb\nDone 900 runs in 16 second(s)\n"
    )
    outcome = read_log("urls", done, 0, 99)
    assert (outcome.executions, outcome.covered, outcome.corpus, outcome.seconds) == (900, 83, 71, 16)
    assert not outcome.says
    found = (
        "#33\tREDUCE cov: 20 ft: 20 corp: 3/39b\n\n === Uncaught Python exception: ===\nAssertionError: a number\n"
        "Test unit written to /x/.fuzz/findings/urls-crash-0\n"
    )
    outcome = read_log("urls", found, 77, 99)
    assert outcome.says == "AssertionError: a number"
    assert str(outcome.finding) == "/x/.fuzz/findings/urls-crash-0"
    assert read_log("urls", "killed", -9, 1).says
