"""The first and the last thing that a process of Lambda's does before its first event, around all other imports.

:func:`begin` saves what imports would do for nothing, in milliseconds of processor, of the 300 that they take:

- Objects that are made while modules are imported stay. Python's collector looks 30 times for garbage among them: 10.
  At the :func:`end` they are set aside for good, so that no event's collection looks through them again: 24 for each.
- botocore writes documentation for clients and imports what writes it, ``html`` among it: 25.
- urllib3 imports ``importlib.metadata`` for HTTP/2, which nobody speaks: 6.

All of it is left alone outside of Lambda, and where somebody has imported botocore before.
"""

import gc
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_DOCS, _DOCSTRINGS, _METADATA = "botocore.docs", "botocore.docs.docstring", "importlib.metadata"

# What stands in the place of modules meanwhile.
_stand_ins: dict[str, ModuleType] = {}


def begin() -> None:
    """Make the imports that follow lighter. Raises nothing."""
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ or "botocore" in sys.modules:
        return
    gc.disable()
    botocore = find_spec("botocore")
    if botocore and botocore.submodule_search_locations:
        docs = _stand_in(_DOCS)
        docs.__path__ = [f"{folder}/docs" for folder in botocore.submodule_search_locations]
        _stand_in(_DOCSTRINGS, lambda _: _Undocumented)
    if _METADATA not in sys.modules:
        _stand_in(_METADATA, _of_real_metadata)


def end() -> None:
    """Import as ever again, and collect garbage, but for what there is now. Raises nothing."""
    if not _stand_ins:
        return
    for name, module in _stand_ins.items():
        if sys.modules.get(name) is module:
            del sys.modules[name]
    _stand_ins.clear()
    gc.freeze()
    gc.enable()


def _stand_in(name: str, attributes: Callable[[str], Any] | None = None) -> ModuleType:
    """The module *name*, whose attributes are what *attributes* makes of their names."""
    module = _stand_ins[name] = sys.modules[name] = ModuleType(name)

    def get(attribute: str) -> Any:
        # What the import system looks for is not there.
        if attribute.startswith("__") or not attributes:
            raise AttributeError(attribute)
        return attributes(attribute)

    # https://peps.python.org/pep-0562/
    module.__dict__["__getattr__"] = get
    return module


class _Undocumented(str):
    """An empty text, whatever it is to be about."""

    __slots__ = ()

    def __new__(cls, *_: object, **__: object) -> "_Undocumented":
        return super().__new__(cls)


def _of_real_metadata(name: str) -> Any:
    """*name* of the module itself; ``version``, which is imported and not called, takes it only where it is."""
    if name == "version":
        return lambda *args: _real_metadata().version(*args)
    return getattr(_real_metadata(), name)


def _real_metadata() -> Any:
    stand_in = _stand_ins.get(_METADATA)
    if stand_in and sys.modules.get(_METADATA) is stand_in:
        del sys.modules[_METADATA]
    from importlib import metadata

    return metadata
