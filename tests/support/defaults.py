"""What functions took for a default when they were defined, replaced, as by a clock of a test's own."""

from collections.abc import Callable
from types import FunctionType
from typing import Any


def replace_defaults(function: FunctionType, stand_in: Callable[[Any], Any]) -> Callable[[], None]:
    """Let each default of *function* be what *stand_in* makes of it; returns what undoes that."""
    positional, named = function.__defaults__, function.__kwdefaults__

    def restore() -> None:
        function.__defaults__, function.__kwdefaults__ = positional, named

    function.__defaults__ = positional and tuple(map(stand_in, positional))
    function.__kwdefaults__ = named and {name: stand_in(value) for name, value in named.items()}
    return restore
