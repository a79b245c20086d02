"""What a function may return: the one door through which every result leaves."""

import json
import math
from typing import Any

# Lambda's limit is 6 MB; counted is the longest way to write a result in JSON, and its envelope needs room, too.
MAX_RESULT_BYTES = 6_000_000


def result_bytes(value: object) -> int:
    """Bytes of *value* in a result, at most: as JSON in ASCII."""
    return len(json.dumps(value))


def encodable(result: Any) -> Any:
    """*result* as the runtime can write it: in UTF-8, and as what others read as JSON.

    JSON can escape half a surrogate pair, of which the runtime would die: it becomes a question mark, in keys what
    it was written like, so that they stay apart. Numbers that are none become null.
    """
    try:
        json.dumps(result, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return _mended(result)
    return result


def _mended(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {_mended_key(key): _mended(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_mended(inner) for inner in value]
    return value


def _mended_key(key: Any) -> Any:
    return key.encode(errors="backslashreplace").decode() if isinstance(key, str) else str(key)
