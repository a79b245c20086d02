"""What a resource's policy allows an AWS service that acts for one of the account's resources.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from fnmatch import fnmatchcase
from typing import Any

# By operator without IfExists: whether any of the policy's values has to match, or none may.
_OPERATORS = {
    **dict.fromkeys(("stringequals", "stringlike", "arnequals", "arnlike", "bool"), True),
    **dict.fromkeys(("stringnotequals", "stringnotlike", "arnnotequals", "arnnotlike"), False),
}


class Verdict(Enum):
    """The decision on a request. ``UNDECIDED``: it depends on a condition that cannot be judged from outside."""

    ALLOWED = auto()
    REFUSED = auto()
    UNDECIDED = auto()


def verdict(policy: Mapping[str, Any], service: str, action: str, context: Mapping[str, str]) -> Verdict:
    """Whether *policy* lets *service* (``cloudwatch.amazonaws.com``) do *action* (``sns:Publish``).

    *context* holds the condition keys that the request has, in lower case, with their values.
    """
    denied, allowed = (
        [
            _applies(each, service, action, context)
            for each in _list(policy.get("Statement"))
            if each["Effect"] == effect
        ]
        for effect in ("Deny", "Allow")
    )
    if True in denied:
        return Verdict.REFUSED
    if None in denied:
        return Verdict.UNDECIDED if True in allowed or None in allowed else Verdict.REFUSED
    if True in allowed:
        return Verdict.ALLOWED
    return Verdict.UNDECIDED if None in allowed else Verdict.REFUSED


def _applies(statement: Mapping[str, Any], service: str, action: str, context: Mapping[str, str]) -> bool | None:
    """Whether *statement* is about the request; None if that cannot be known."""
    parts = [_is_of(statement, service), _is_about(statement, action), *_conditions(statement, context)]
    if False in parts:
        return False
    return None if None in parts else True


def _is_of(statement: Mapping[str, Any], service: str) -> bool | None:
    if "NotPrincipal" in statement:
        return None
    principal = statement.get("Principal", {})
    if principal == "*":
        return True
    return "*" in _list(principal.get("AWS")) or service in _list(principal.get("Service"))


def _is_about(statement: Mapping[str, Any], action: str) -> bool:
    named = "Action" in statement
    patterns = _list(statement.get("Action" if named else "NotAction"))
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns) == named


def _conditions(statement: Mapping[str, Any], context: Mapping[str, str]) -> Iterator[bool | None]:
    for operator, wanted in statement.get("Condition", {}).items():
        any_matches = _OPERATORS.get(operator.lower().removesuffix("ifexists"))
        for key, values in wanted.items():
            if any_matches is None or key.lower() not in context:
                yield None
            else:
                yield _matches(context[key.lower()], _list(values)) == any_matches


def _matches(value: str, patterns: Iterable[object]) -> bool:
    return any(fnmatchcase(value.lower(), str(pattern).lower()) for pattern in patterns)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
