"""DynamoDB's batches of which only a part is carried out: the rest comes back to the caller."""

from collections.abc import Callable, Mapping
from typing import Any


def carried_out_in_part(
    operation: str, items: Mapping[str, Any], share: Callable[[int], int], carry_out: Callable[..., Any]
) -> dict[str, Any]:
    """The answer to the *operation*, ``batch_get_item`` or ``batch_write_item``, for the RequestItems *items*.

    Of that many keys or writes the first *share* are given to *carry_out*, as the client's method takes them.
    """
    ((table, asked),) = items.items()
    is_write = operation == "batch_write_item"
    listed = asked if is_write else asked["Keys"]

    def requested(some: list[Any]) -> Any:
        return some if is_write else {**asked, "Keys": some}

    done = share(len(listed))
    answer = carry_out(RequestItems={table: requested(listed[:done])}) if done else {}
    left = "UnprocessedItems" if is_write else "UnprocessedKeys"
    # Who writes reads no responses.
    return {"Responses": {table: []}, **answer, left: {table: requested(listed[done:])}}
