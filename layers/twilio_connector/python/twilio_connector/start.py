"""The first and the last thing that a process of Lambda's does before its first event, around all other imports.

:func:`lighten` saves what imports would do for nothing, in milliseconds of processor, of the 300 that they take:

- Objects that are made while modules are imported stay. Python's collector looks 30 times for garbage among them: 10.
  In the end they are set aside for good, so that no event's collection looks through them again: 24 for each.
- botocore writes documentation for clients and imports what writes it, ``html`` among it: 25.
- urllib3 imports ``importlib.metadata`` for HTTP/2, which nobody speaks: 6.
- Python takes its own stack from the system in pieces of 16 KB. Calls to and fro across the end of one, as deep in the
  imports as chance has it, map and unmap a piece each time: up to 50. Python's releases of 2026 keep one piece:
  https://github.com/python/cpython/issues/142183

All of it is left alone outside of Lambda, and where somebody has imported botocore before. All of it ends with the
import of the handler's module, also where that fails.

Why: docs/decisions.md#2026-11-29-imports-without-what-nobody-uses
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_DOCS, _DOCSTRINGS, _METADATA = "botocore.docs", "botocore.docs.docstring", "importlib.metadata"
_DOCSTRINGS_OF_CLIENTS = {"ClientMethodDocstring", "PaginatorDocstring", "WaiterDocstring"}

# Replaces modules meanwhile.
_stand_ins: dict[str, ModuleType] = {}


def lighten(package: str) -> None:
    """Let the first module of *package* be imported more lightly, with all that it imports. Raises nothing."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ and "botocore" not in sys.modules:
        sys.meta_path.insert(0, _Finder(f"{package}."))


class _Finder:
    """Finds a module as others do, once, and has it executed lightly."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    # https://docs.python.org/3/library/importlib.html#importlib.abc.MetaPathFinder.find_spec
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not name.startswith(self._prefix):
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        # Loaders that allow no change, or have nothing to execute, do it their way.
        with suppress(AttributeError, TypeError):
            loader: Any = spec and spec.loader
            loader.exec_module = partial(_in_one_piece, _lightly()(loader.exec_module))
        return spec


@contextmanager
def _lightly() -> Iterator[None]:
    collects = gc.isenabled()
    gc.disable()
    try:
        _stand_in_for_modules()
        yield
    finally:
        for name, module in _stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        _stand_ins.clear()
        gc.freeze()
        if collects:
            gc.enable()


def _in_one_piece(work: Callable[..., object], *given: object) -> None:
    """Do *work* in a frame that takes a piece of the stack for itself, and leaves 100 KB of it to what it calls."""
    work(*given)


# A piece is 16 KB, doubled until a frame fits. Of these words, of 8 bytes, no more than a few are ever touched.
_in_one_piece.__code__ = _in_one_piece.__code__.replace(co_stacksize=2**14)


def _stand_in_for_modules() -> None:
    botocore = find_spec("botocore")
    if botocore and botocore.submodule_search_locations:
        docs = _stand_in(_DOCS, partial(_of_real, _DOCS))
        docs.__path__ = [f"{folder}/docs" for folder in botocore.submodule_search_locations]
        _stand_in(_DOCSTRINGS, _docstring)
    if _METADATA not in sys.modules:
        # An import meanwhile finds it in its package, and keeps it.
        sys.modules["importlib"].__dict__["metadata"] = _stand_in(_METADATA, _metadata)


def _stand_in(name: str, attributes: Callable[[str], Any]) -> ModuleType:
    """The module *name*, whose attributes are what *attributes* makes of their names."""
    module = _stand_ins[name] = sys.modules[name] = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)

    def get(attribute: str) -> Any:
        # What the import system looks for is not there.
        if attribute.startswith("__"):
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


def _docstring(name: str) -> Any:
    """What botocore uses for clients does nothing; code that uses more, as boto3 does, gets the module's own."""
    return _Undocumented if name in _DOCSTRINGS_OF_CLIENTS else _of_real(_DOCSTRINGS, name)


def _metadata(name: str) -> Any:
    """*name* of the module itself; ``version``, which is imported and not called, takes it only where it is."""
    return _version if name == "version" else _of_real(_METADATA, name)


def _version(package: str) -> Any:
    return _of_real(_METADATA, "version")(package)


def _of_real(module: str, name: str) -> Any:
    """*name* of the real *module*, which then replaces the stand-in, within packages that are real."""
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        path = ".".join(parts[:depth])
        if path in _stand_ins and sys.modules.get(path) is _stand_ins[path]:
            del sys.modules[path]
        import_module(path)
    return getattr(sys.modules[module], name)
