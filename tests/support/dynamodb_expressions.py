"""DynamoDB's expressions, as far as the connector writes them: conditions, key conditions, updates.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

Item = dict[str, dict[str, Any]]
# Of an item, names for attributes, and values.
Condition = Callable[[Item, Mapping[str, str], Mapping[str, Any]], bool]

_TOKEN = re.compile(r"\s*([#:]?\w+|<=|>=|<>|[(),<>=])")
_COMPARISONS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class _Tokens:
    """The tokens of an expression, read from the left."""

    def __init__(self, expression: str) -> None:
        self._left = _TOKEN.findall(expression)
        assert re.sub(_TOKEN, "", expression).strip() == "", f"not understood: {expression}"

    def next_is(self, *words: str) -> bool:
        """Take the next token if it is one of *words*, which are in capitals, as the documentation has them."""
        if self._left and self._left[0] in words:
            del self._left[0]
            return True
        return False

    def take(self) -> str:
        """The next token."""
        token: str = self._left.pop(0)
        return token

    def end(self) -> None:
        """Nothing may be left."""
        assert not self._left, f"not understood: {self._left}"


@lru_cache
def condition(expression: str) -> Condition:
    """What *expression* says of an item."""
    tokens = _Tokens(expression)
    parsed = _either(tokens)
    tokens.end()
    return parsed


def _either(tokens: _Tokens) -> Condition:
    one = _both(tokens)
    if not tokens.next_is("OR"):
        return one
    other = _either(tokens)
    return lambda *given: one(*given) or other(*given)


def _both(tokens: _Tokens) -> Condition:
    one = _single(tokens)
    if not tokens.next_is("AND"):
        return one
    other = _both(tokens)
    return lambda *given: one(*given) and other(*given)


def _single(tokens: _Tokens) -> Condition:
    if tokens.next_is("("):
        inner = _either(tokens)
        assert tokens.next_is(")")
        return inner
    word = tokens.take()
    if word in ("attribute_exists", "attribute_not_exists"):
        assert tokens.next_is("(")
        named = tokens.take()
        assert tokens.next_is(")")
        wanted = word == "attribute_exists"
        return lambda item, names, _: (names.get(named, named) in item) is wanted
    if tokens.next_is("BETWEEN"):
        low = tokens.take()
        assert tokens.next_is("AND")
        high = tokens.take()
        one, other = _comparison(">=", word, low), _comparison("<=", word, high)
        return lambda *given: one(*given) and other(*given)
    sign = tokens.take()
    return _comparison(sign, word, tokens.take())


def _comparison(sign: str, named: str, value: str) -> Condition:
    compare = _COMPARISONS[sign]

    def holds(item: Item, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
        attribute = item.get(names.get(named, named))
        if attribute is None or attribute.keys() != values[value].keys():
            return False
        return bool(compare(_comparable(attribute), _comparable(values[value])))

    return holds


def _comparable(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    assert kind in "NSB", f"not understood: {attribute}"
    return Decimal(value) if kind == "N" else value


def updated(item: Item, expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> Item:
    """The *item* after an update by ``SET name = :value, … REMOVE name, … ADD name :number, …``."""
    changed = dict(item)
    for verb, operand in _clauses(expression):
        if verb == "SET":
            named, value = re.split(r"\s*=\s*", operand)
            changed[names.get(named, named)] = values[value]
        elif verb == "ADD":
            named, value = operand.split()
            number = changed.get(names.get(named, named), {"N": "0"})["N"]
            changed[names.get(named, named)] = {"N": str(int(number) + int(values[value]["N"]))}
        else:
            changed.pop(names.get(operand, operand), None)
    return changed


@lru_cache
def _clauses(expression: str) -> tuple[tuple[str, str], ...]:
    return tuple(_operands(expression))


def _operands(expression: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"\b(SET|REMOVE|ADD)\b", expression)
    assert not parts[0].strip(), f"not understood: {expression}"
    for verb, operands in zip(parts[1::2], parts[2::2], strict=True):
        for operand in operands.split(","):
            yield verb, operand.strip()
