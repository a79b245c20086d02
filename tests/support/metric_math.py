"""What CloudWatch makes of an alarm's metric math, as far as the template uses it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
from collections.abc import Mapping
from typing import Any

from tests.support.template import is_beyond


def is_set_off_by(alarm: Mapping[str, Any], values: Mapping[str, float]) -> bool:
    """Whether the statistics of one period, by the IDs of their metrics, set the alarm off.

    An expression in which one is missing has no value: then the alarm is as ``notBreaching`` has it.
    """
    (expression,) = (each["Expression"] for each in alarm["Metrics"] if "Expression" in each)
    value = _value(ast.parse(expression, mode="eval").body, values)
    assert alarm["TreatMissingData"] == "notBreaching"
    return value is not None and is_beyond(alarm, value)


def _value(node: ast.expr, values: Mapping[str, float]) -> float | None:
    match node:
        case ast.Constant(float() | int() as number):
            return number
        case ast.Name(name):
            return values.get(name)
        case ast.Call(ast.Name("IF"), [condition, then, otherwise]):
            holds = _value(condition, values)
            return None if holds is None else _value(then if holds else otherwise, values)
        case ast.Compare(left, [ast.GtE()], [right]):
            one, other = _value(left, values), _value(right, values)
            return None if one is None or other is None else float(one >= other)
        case ast.BinOp(left, ast.Mult() | ast.Div() as operation, right):
            one, other = _value(left, values), _value(right, values)
            if one is None or other is None:
                return None
            return one * other if isinstance(operation, ast.Mult) else one / other
    raise AssertionError(f"no metric math that the template uses: {ast.unparse(node)}")
