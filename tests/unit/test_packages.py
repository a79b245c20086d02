"""The rooms of the package: imports go down from floor to floor, and only adapters know the world outside.

The floors are a table in CONTRIBUTING.md; the arrows are derived from the source.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter

from local.sam import PROJECT_ROOT

SOURCE = PROJECT_ROOT / "layers" / "twilio_connector" / "python"
PACKAGE = "twilio_connector"
OUTSIDE = {"boto3", "botocore", "aws_lambda_powertools", "http", "urllib3"}
# Parts of these that send nothing and cost no client.
HARMLESS = {"http.HTTPStatus"}

# The modules that talk to AWS, Twilio or the log themselves: what is not listed is pure, or one of those below.
ADAPTERS = {
    "aws",
    "aws_session",
    "connections.secret_value",
    "invocation.observability",
    "raw_request.body",
    "raw_request.request",
    "raw_request.response",
    "rehearsal",
    "state.failures",
    "state.table",
    "trust",
    "twilio.client",
    "twilio.pool",
    "twilio.responses",
    "twilio.retries",
    "twilio.transport",
}
# The modules that build on an adapter: they bring it together with pure ones.
ON_ADAPTERS = {
    "bus.custom_bus",
    "bus.outbox",
    "bus.publisher",
    "bus.redelivery",
    "bus.undelivered",
    "connections.parsed_secret",
    "connections.secret_cache",
    "connections.store",
    "handlers.get_sms",
    "handlers.list_messages",
    "handlers.poll",
    "handlers.raw_request",
    "handlers.reconcile",
    "handlers.redeliver",
    "handlers.select_message",
    "handlers.send_sms",
    "handlers.update_message",
    "handlers.webhook",
    "invocation.entrypoint",
    "invocation.sqs_batch",
    "limits.admission",
    "limits.counters",
    "listing.lease",
    "listing.memory",
    "listing.pages",
    "polling.cursor_item",
    "polling.drain",
    "polling.flights",
    "polling.page_publisher",
    "polling.poller",
    "preparation",
    "raw_request.retries",
    "reading.get_sms",
    "reading.list_messages",
    "reading.select_message",
    "reconciling.cursor_item",
    "reconciling.outcomes",
    "reconciling.reconciler",
    "reconciling.reconciliation",
    "sending.once",
    "sending.opt_outs",
    "sending.outcomes",
    "sending.queue",
    "sending.search",
    "sending.sender",
    "sending.table",
    "state.budget",
    "state.repeats",
    "updating.update_message",
    "webhook.auth_tokens",
    "webhook.receiver",
    "webhook.signing_keys",
    "wiring",
}


@cache
def modules() -> dict[str, ast.Module]:
    """The modules by their names in the package; the package itself is the empty name."""
    files = sorted((SOURCE / PACKAGE).rglob("*.py"))
    assert len(files) > 60, "this looks at the wrong place"
    names = [".".join(file.relative_to(SOURCE / PACKAGE).with_suffix("").parts) for file in files]
    trees = [ast.parse(file.read_text()) for file in files]
    return {re.sub(r"\.?__init__$", "", name): tree for name, tree in zip(names, trees, strict=True)}


def imports(module: ast.AST, *, at_run_time: bool = False) -> Iterator[str]:
    """What a module imports, by full names; *at_run_time*: without what only type checkers and functions import."""
    for node in ast.iter_child_nodes(module):
        if at_run_time and isinstance(node, ast.If | ast.FunctionDef):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from imports(node, at_run_time=at_run_time)


def ours(name: str) -> str | None:
    """The module of the package that an imported *name* is or is in; None for others."""
    if name.partition(".")[0] != PACKAGE:
        return None
    parts = name.split(".")[1:]
    return next(known for n in range(len(parts), -1, -1) if (known := ".".join(parts[:n])) in modules())


@cache
def arrows(*, at_run_time: bool = False) -> dict[str, set[str]]:
    """The modules of the package that each of them imports."""
    named = {module: imports(tree, at_run_time=at_run_time) for module, tree in modules().items()}
    return {module: {to for name in names if (to := ours(name)) is not None} for module, names in named.items()}


def room(module: str) -> str:
    """The package that a module lies in, or a root module itself; the face of the package is the ground."""
    return module.partition(".")[0] or PACKAGE


def floors() -> dict[str, int]:
    """The floor of each room, counted from the ground, as CONTRIBUTING.md has them."""
    table = re.search(
        r"^\| floor .*\n\| -.*\n((?:\|.*\n)+)", (PROJECT_ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE
    )
    assert table, "CONTRIBUTING.md has no table of floors"
    rows = [re.findall(r"`(\w+)`", row.split("|")[2]) for row in reversed(table[1].splitlines())]
    return {name: floor for floor, names in enumerate(rows) for name in names}


def test_every_room_has_its_floor() -> None:
    assert floors().keys() == {room(module) for module in modules()}


def test_imports_go_down() -> None:
    floor = floors()
    level_or_up = {
        f"{source} -> {target}"
        for source, targets in arrows().items()
        for target in targets
        if room(source) != room(target) and floor[room(source)] <= floor[room(target)]
    }
    assert level_or_up == set()


def test_no_circle_of_modules() -> None:
    TopologicalSorter(arrows()).prepare()


def test_the_face_of_a_package_imports_nothing() -> None:
    # A function would pay for it at every cold start, whether it needs it or not.
    faces = {module for module in modules() if (SOURCE / PACKAGE / module.replace(".", "/") / "__init__.py").exists()}
    assert len(faces) == 16
    # What the handlers begin with has to come before all that they import.
    begins = {"handlers": ["twilio_connector.start"]}
    for face in faces:
        assert list(imports(modules()[face])) == begins.get(face, []), face
        assert ast.get_docstring(modules()[face]), face


def test_a_webhook_starts_without_twilio_s_client_and_the_state_table() -> None:
    reached = set(arrows()["handlers.webhook"])
    assert "webhook.receiver" in reached
    while more := {to for module in reached for to in arrows(at_run_time=True)[module]} - reached:
        reached |= more
    assert "twilio.client" not in reached
    assert not {room(module) for module in reached} & {
        "state",
        "listing",
        "polling",
        "reconciling",
        "sending",
        "updating",
    }


def test_who_publishes_on_the_classic_bus_starts_without_the_other_kind() -> None:
    reached = {module for module in modules() if room(module) == "handlers"}
    while more := {to for module in reached for to in arrows(at_run_time=True)[module]} - reached:
        reached |= more
    assert "bus.outbox" in reached
    assert not reached & {"bus.custom_bus", "bus.groups", "bus.turns"}


def test_a_raw_request_that_nothing_limits_starts_without_limits_and_state() -> None:
    reached = set(arrows(at_run_time=True)["handlers.raw_request"])
    assert "raw_request.request" in reached
    while more := {to for module in reached for to in arrows(at_run_time=True)[module]} - reached:
        reached |= more
    assert not {room(module) for module in reached} & {"limits", "state"}


def test_the_first_step_of_a_start_is_the_first_import() -> None:
    # Whatever it imports itself is imported before it can begin.
    names = set(imports(modules()["start"]))
    assert names == {
        "gc",
        "os",
        "sys",
        "collections.abc.Callable",
        "collections.abc.Iterator",
        "contextlib.contextmanager",
        "contextlib.suppress",
        "functools.partial",
        "importlib.import_module",
        "importlib.machinery.ModuleSpec",
        "importlib.util.find_spec",
        "types.ModuleType",
        "typing.Any",
    }


def test_who_talks_to_the_world_outside_is_listed() -> None:
    talkers = {
        module
        for module, tree in modules().items()
        if any(name.partition(".")[0] in OUTSIDE and name not in HARMLESS for name in imports(tree, at_run_time=True))
    }
    assert talkers == ADAPTERS


def test_a_module_that_is_not_listed_is_pure() -> None:
    reaching = set(ADAPTERS)
    while more := {module for module, targets in arrows(at_run_time=True).items() if targets & reaching} - reaching:
        reaching |= more
    assert reaching - ADAPTERS == ON_ADAPTERS
