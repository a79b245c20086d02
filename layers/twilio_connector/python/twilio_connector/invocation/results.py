"""What a function may return."""

import json

# Lambda's limit is 6 MB; counted is the longest way to write a result in JSON, and its envelope needs room, too.
MAX_RESULT_BYTES = 6_000_000


def result_bytes(value: object) -> int:
    """Bytes of *value* in a result, at most: as JSON in ASCII."""
    return len(json.dumps(value))
