"""The one door of results: whatever a function returns, the runtime can write it, and others can read it."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from local.sam import PROJECT_ROOT
from tests.support.fakes import FakeContext
from twilio_connector import handlers
from twilio_connector.errors import UnexpectedError
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.invocation.results import encodable

# Any code points, halves of surrogate pairs among them, and the numbers that Python's JSON has and JSON has not.
texts = st.text(st.characters())
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@entrypoint
def function(event: Any, context: object) -> Any:
    return event


def written(result: Any) -> bytes:
    """*result* as Lambda's runtime writes it, were it strict."""
    return json.dumps(result, ensure_ascii=False, allow_nan=False).encode()


@given(documents)
@example({"result": [{"label": "half a pair \ud83d (+15551234567)", "key": "SM0"}]})
@example({chr(0xD83D): 1, chr(0xDE00): 2})
@example([float("nan"), float("inf"), -float("inf")])
def test_whatever_a_function_returns_can_be_written_and_is_changed_only_if_it_could_not(document: Any) -> None:
    result = function(document, FakeContext())
    try:
        written(document)
    except ValueError:
        assert json.loads(written(result)) == result
    else:
        assert result is document


@given(st.dictionaries(texts, st.integers(), max_size=5))
def test_keys_stay_apart(document: dict[str, int]) -> None:
    if not any("\\" in key for key in document):
        assert sorted(encodable(document).values()) == sorted(document.values())


def test_what_is_mended_keeps_its_shape() -> None:
    assert encodable({"a": ("\ud83d", 1.5, float("nan"), None, True), "b": {"\ud83d": "\U0001f600"}}) == {
        "a": ["?", 1.5, None, None, True],
        "b": {"\\ud83d": "\U0001f600"},
    }


@pytest.mark.parametrize("result", [b"bytes", {"a": {1, 2}}, object()], ids=["bytes", "set", "object"])
def test_what_is_no_result_at_all_is_a_defect_of_ours_and_not_the_end_of_the_runtime(result: object) -> None:
    with pytest.raises(UnexpectedError, match="TypeError"):
        entrypoint(lambda event, context: result)({}, FakeContext())


@pytest.mark.parametrize("depth", [100, 100_000])
def test_what_is_nested_too_deeply_is_no_end_of_the_runtime_either(depth: int) -> None:
    nested: Any = "\ud83d"
    for _ in range(depth):
        nested = [nested]
    try:
        assert written(function(nested, FakeContext()))
    except UnexpectedError as exc:
        assert "RecursionError" in str(exc)
        assert depth > 100


@pytest.mark.parametrize("job", sorted(path.parent.name for path in PROJECT_ROOT.glob("functions/*/app.py")))
def test_every_function_goes_through_the_door(job: str) -> None:
    tree = ast.parse(Path(handlers.__file__).with_name(f"{job}.py").read_text())
    [handler] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "handler"]
    assert [ast.unparse(decorator) for decorator in handler.decorator_list][:1] == ["entrypoint"]
