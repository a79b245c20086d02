"""What a function's own code says: a name in the layer that stays, so that an upgrade changes the layer alone."""

import ast
from importlib import import_module

import pytest

from local.sam import PROJECT_ROOT
from tests.support.old_releases import RELEASES, source
from tests.support.template import FUNCTIONS

# From the layer of this version on, functions find their handlers there; that one is the last without them.
BEFORE = next(path for path in RELEASES if path.name.startswith("1.0.0-33f776b"))
NEW = """
from twilio_connector.handlers.{job} import handler as handler
"""
# Of functions that were there before.
OLDER = """
try:
    from twilio_connector.handlers.{job} import handler
except ModuleNotFoundError as exc:
    if exc.name != "twilio_connector.handlers":
        raise
"""


def statements(text: str) -> list[ast.stmt]:
    """Those of a module, without its docstring."""
    body = ast.parse(text).body
    return body[1:] if ast.get_docstring(ast.Module(body, [])) else body


def dumped(body: list[ast.stmt]) -> list[str]:
    return [ast.dump(statement) for statement in body]


@pytest.mark.parametrize("job", FUNCTIONS.values())
def test_a_function_takes_its_handler_from_the_layer_and_does_nothing_else(job: str) -> None:
    found = statements((PROJECT_ROOT / "functions" / job / "app.py").read_text())
    before = source(BEFORE, f"functions/{job}/app.py")
    if before is None:
        expected = statements(NEW.format(job=job))
    else:
        # On the layer before, it does what its code did then: no less, and nothing that this layer lacks.
        (expected_try,) = expected = statements(OLDER.format(job=job))
        assert isinstance(expected_try, ast.Try)
        expected_try.handlers[0].body += statements(before)
    assert dumped(found) == dumped(expected)


@pytest.mark.parametrize("job", FUNCTIONS.values())
def test_the_layer_has_the_handler_under_its_name(job: str) -> None:
    assert callable(import_module(f"twilio_connector.handlers.{job}").handler)
