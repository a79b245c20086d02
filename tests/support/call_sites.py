"""Every place of the package that calls AWS or Twilio, by its source; and the one that a running call comes from.

What calls them are the clients of botocore, and our adapters to these and to urllib3's pool: *gateways*, each known by
what it is named where it is used. A method that a gateway gets is looked for from then on, unless it makes no call.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from inspect import isgeneratorfunction
from types import FrameType
from typing import NamedTuple

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from local.sam import PROJECT_ROOT
from twilio_connector.aws_session import SERVICES
from twilio_connector.bus.custom_bus import CustomBusPublisher
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.state.table import StateTable
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.webhook.signing_keys import SigningKeys

SOURCE = PROJECT_ROOT / "layers" / "twilio_connector" / "python"
# The classes that make calls, what they are named where they are used, and which of their methods make none.
GATEWAYS: dict[type, tuple[set[str], set[str]]] = {
    StateTable: ({"state"}, {"within"}),
    Outbox: ({"outbox"}, set()),
    Publisher: ({"publisher"}, set()),
    CustomBusPublisher: ({"publisher"}, set()),
    UndeliveredQueue: ({"undelivered"}, {"parse"}),
    TwilioClient: ({"client"}, {"list_uri", "lists", "messages_path"}),
    ConnectionStore: ({"connections"}, {"accepted", "is_known", "is_deleted"}),
    SecretCache: ({"secrets"}, {"is_known", "is_fresh", "expire_soon"}),
    SigningKeys: ({"keys"}, {"raise_if_stale"}),
}
# Making a client of Twilio's reads the connection.
CLIENT_OF = "client_of"
AWS_CLIENTS = {"dynamodb", "events", "custom_bus", "secrets", "sqs"}
# Calls that are not sent: `tests/unit/test_preparation.py` and others see to that.
REHEARSED = ("twilio_connector.preparation", "twilio_connector.rehearsal")
HANDLERS = "twilio_connector.handlers."
# What is called from the outside, and is not itself a place that decides to call.
ADAPTERS = (
    "twilio_connector.state.",
    "twilio_connector.twilio.",
    "twilio_connector.connections.",
    "twilio_connector.bus.publisher",
    "twilio_connector.bus.custom_bus",
    "twilio_connector.bus.outbox",
    "twilio_connector.bus.undelivered",
    "twilio_connector.aws",
    "twilio_connector.wiring",
    "twilio_connector.invocation.",
    HANDLERS,
)


class Site(NamedTuple):
    """A call of a *gateway*'s *method* in the lines *first* to *last* of a *function* of a *module* of the package.

    If *is_lazy*, what the method gives is made when it is asked for, which may be in another line of the function.
    """

    module: str
    method: str
    first: int
    last: int
    function: str
    is_lazy: bool
    gateway: str

    def __str__(self) -> str:
        return f"{self.module}:{self.first} {self.method}"


class Place(NamedTuple):
    """Where a call of *operation* comes from in the function *job*: the functions that led to it, the nearest first."""

    job: str
    operation: str
    module: str
    line: int
    functions: tuple[str, ...]

    def __str__(self) -> str:
        names = " < ".join(name.rpartition(".")[2] for name in self.functions)
        module = self.module.removeprefix("twilio_connector.")
        return f"{self.job}: {self.operation} at {module}:{self.line} {names}"


@cache
def sites() -> frozenset[Site]:
    """All calls of gateways in the package."""
    lazy = {name for gateway in GATEWAYS for name, each in vars(gateway).items() if isgeneratorfunction(each)}
    return frozenset(
        Site(module, called[1], node.lineno, node.end_lineno or node.lineno, name, called[1] in lazy, called[0])
        for module, tree in _modules()
        for name, node in _nodes(tree)
        if isinstance(node, ast.Call)
        # A method that is handed over is called by another.
        for function in (node.func, *node.args)
        if (called := _called(function, is_called=function is node.func))
    )


@cache
def operations() -> frozenset[str]:
    """All operations of AWS's that the package mentions, as botocore names its methods."""
    loader = Loader()
    models = [ServiceModel(loader.load_service_model(service, "service-2")) for service in SERVICES]
    known = {xform_name(name) for model in models for name in model.operation_names}
    return frozenset(
        node.attr
        for _, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in known
        if _word(node.value) in AWS_CLIENTS or ("_" in node.attr and not _called(node, is_called=True))
    )


def misnamed() -> Iterator[str]:
    """Names of parameters and attributes that hold a gateway, and are none by which it is looked for."""
    names = {gateway.__name__: words for gateway, (words, _) in GATEWAYS.items()} | {"ClientOf": {CLIENT_OF}}
    for module, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
                held = ast.unparse(node.annotation).strip("'\"").removesuffix(" | None").rpartition(".")[2]
                target = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target).rpartition(".")[2]
                if held in names and target.strip("_") not in names[held] | {"self"}:
                    yield f"{module}:{node.lineno} {target}: {held}"


def frames() -> Iterator[FrameType]:
    """The frames that led here, the nearest first."""
    frame: FrameType | None = sys._getframe(1)
    while frame:
        yield frame
        frame = frame.f_back


def calling_place(operation: str) -> tuple[Place, frozenset[Site]]:
    """The place that the call of *operation* comes from which is being made, and all sites that it went through."""
    found = [frame for frame in frames() if str(frame.f_globals.get("__name__")).startswith("twilio_connector.")]
    own = [frame for frame in found if not _module(frame).startswith(ADAPTERS)]
    assert own, "nothing of the package has made this call"
    # The first is what they call: it distinguishes the calls of one line.
    entry = found[found.index(own[0]) - 1].f_code.co_qualname
    functions = (entry, *(f"{_module(frame)}.{frame.f_code.co_qualname}" for frame in own))
    passed = frozenset(site for frame in found for site in sites_at(frame))
    assert sites_at(own[0]), f"{_module(own[0])}:{own[0].f_lineno} calls, and is found in no source"
    (job,) = {name.removeprefix(HANDLERS) for frame in found if (name := _module(frame)).startswith(HANDLERS)}
    return Place(job, operation, _module(own[0]), own[0].f_lineno, functions), passed


def sites_at(frame: FrameType) -> list[Site]:
    """The sites that *frame* is at."""
    module, function = _module(frame), frame.f_code.co_qualname.partition(".<locals>")[0]
    return [
        each
        for each in sites()
        if each.module == module
        if each.first <= frame.f_lineno <= each.last or (each.is_lazy and each.function == function)
    ]


def _module(frame: FrameType) -> str:
    return str(frame.f_globals["__name__"])


def _nodes(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.AST]]:
    """All nodes below *tree*, each with the outermost function that it is in, as ``Class.method``."""
    for node in ast.iter_child_nodes(tree):
        inner = function
        if not any(map(str.islower, function.rpartition(".")[2][:1])) and isinstance(node, _NAMED):
            inner = f"{function}.{node.name}".strip(".")
        yield inner, node
        yield from _nodes(node, inner)


_NAMED = (ast.ClassDef, ast.FunctionDef)


@cache
def _modules() -> list[tuple[str, ast.Module]]:
    found = [(".".join(file.relative_to(SOURCE).with_suffix("").parts), file) for file in sorted(SOURCE.rglob("*.py"))]
    left_out = (*REHEARSED, "twilio_connector.handlers")
    return [(module, ast.parse(file.read_text())) for module, file in found if not module.startswith(left_out)]


def _called(function: ast.expr, *, is_called: bool) -> tuple[str, str] | None:
    """The gateway and its method that is called or handed over, if it is one that makes calls."""
    name = _word(function)
    if name == CLIENT_OF and is_called:
        return "ClientOf", name
    if isinstance(function, ast.Attribute):
        for gateway, (words, offline) in GATEWAYS.items():
            makes_calls = {each for each in vars(gateway) if not each.startswith("_")} - offline
            if function.attr in makes_calls and _word(function.value) in words:
                return gateway.__name__, function.attr
    return None


def _word(node: ast.expr) -> str:
    """What *node* is named: ``state`` for ``state``, ``self._state``, ``state()``, or one ``within`` less time."""
    if isinstance(node, ast.Call):
        of_less_time = isinstance(node.func, ast.Attribute) and node.func.attr == "within"
        return _word(node.func.value if of_less_time else node.func)  # type: ignore[attr-defined]  # as is asked above
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.strip("_")
