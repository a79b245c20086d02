"""Whether the functions are fit to run, and whether their code is that of this checkout."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import urllib3

import twilio_connector
from operations.findings import Finding, Subject
from operations.stack import Stack, StackError
from twilio_connector import __version__

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import GetFunctionResponseTypeDef

# Folder under functions/ -> output with the function's name.
FUNCTIONS = {
    "webhook": "WebhookFunction",
    "poll": "PollFunction",
    "send_sms": "SendSmsFunction",
    "get_sms": "GetSmsFunction",
    "list_messages": "ListMessagesFunction",
    "raw_request": "RawRequestFunction",
    "select_message": "SelectMessageFunction",
    "update_message": "UpdateMessageFunction",
    "reconcile": "ReconcileFunction",
    "redeliver": "RedeliverFunction",
}
PACKAGE = Path(twilio_connector.__file__).parent
PACKAGE_IN_LAYER = PurePosixPath("python/twilio_connector")
CHECKOUT = Path(__file__).parents[2]
DOWNLOAD_SECONDS = 30.0
TRY_AGAIN = "Try again, and check this machine's connection to Amazon S3."
# So many files are named.
NAMED = 5

Fetch = Callable[[str], bytes]


def download(url: str) -> bytes:
    """What is at *url*, which AWS has signed. Raises :class:`StackError`."""
    try:
        answer = urllib3.request("GET", url, timeout=DOWNLOAD_SECONDS, retries=2)
    except urllib3.exceptions.HTTPError as exc:
        raise StackError(f"The deployed code could not be downloaded ({type(exc).__name__}).", TRY_AGAIN) from exc
    if answer.status != 200:
        raise StackError(f"The deployed code could not be downloaded ({answer.status}).", TRY_AGAIN)
    return answer.data


def package_files() -> dict[str, bytes]:
    """The modules of this checkout's package, by their path in it."""
    return {path.relative_to(PACKAGE).as_posix(): path.read_bytes() for path in PACKAGE.rglob("*.py")}


def check_code(stack: Stack, fetch: Fetch = download) -> Iterator[Finding]:
    """The functions' states, then their code and the layers' against this checkout. *fetch* downloads."""
    subject = Subject("code")
    deployed = {
        job: stack.clients.functions.get_function(FunctionName=stack.outputs[output])
        for job, output in FUNCTIONS.items()
        # An earlier version may have deployed fewer functions.
        if output in stack.outputs
    }
    unfit = [finding for job, function in deployed.items() for finding in _unfit(stack, job, function)]
    yield from unfit
    packages = [_package(stack, arn, fetch) for arn in sorted(set(_layers(deployed)))]
    ours = package_files()
    differing = [
        *(f"functions/{job}" for job in FUNCTIONS if job not in deployed),
        *(f"functions/{job}" for job, function in deployed.items() if not _is_ours(job, function, fetch)),
        *(name for package in packages for name in sorted(_differing(ours, package))),
    ]
    versions = sorted({_version(package.get("__init__.py", b"")) for package in packages})
    runtimes = sorted({str(function["Configuration"].get("Runtime")) for function in deployed.values()})
    kind = f"version {', '.join(versions)}, on {', '.join(runtimes)}"
    if differing:
        named = ", ".join(differing[:NAMED]) + (f" and {len(differing) - NAMED} more" if differing[NAMED:] else "")
        yield subject.warn(
            f"Deployed is {kind}; this checkout, version {__version__}, differs in {named}.",
            "To deploy this checkout: make deploy. Else use the checkout that was deployed.",
        )
    elif not unfit:
        yield subject.ok(f"All {len(deployed)} functions are active, with the code of this checkout: {kind}.")


def _unfit(stack: Stack, job: str, function: "GetFunctionResponseTypeDef") -> Iterator[Finding]:
    configuration = function["Configuration"]
    state, update = configuration.get("State", "Active"), configuration.get("LastUpdateStatus", "Successful")
    if state == "Pending" or update == "InProgress":
        yield Subject("code").warn(f"The function {job} is being updated.", "Wait a minute, and ask again.")
    # Lambda makes a function inactive that nobody calls, and active again by itself.
    elif state not in ("Active", "Inactive") or update == "Failed":
        name = configuration["FunctionName"]
        yield Subject("code").fail(
            f"The function {job} is {state}, its last update {update}.",
            f"See the reason, and deploy again: {stack.aws_command('lambda', 'get-function', '--function-name', name)}",
        )


def _layers(functions: "Mapping[str, GetFunctionResponseTypeDef]") -> Iterator[str]:
    for function in functions.values():
        yield from (layer["Arn"] for layer in function["Configuration"].get("Layers", []))


def _package(stack: Stack, layer: str, fetch: Fetch) -> dict[str, bytes]:
    """The modules of the connector's package in the *layer*, by their path in it."""
    location = stack.clients.functions.get_layer_version_by_arn(Arn=layer)["Content"]["Location"]
    return _modules(fetch(location), PACKAGE_IN_LAYER)


def _is_ours(job: str, function: "GetFunctionResponseTypeDef", fetch: Fetch) -> bool:
    deployed = _modules(fetch(function["Code"]["Location"]), PurePosixPath())
    return deployed == {"app.py": (CHECKOUT / "functions" / job / "app.py").read_bytes()}


def _differing(ours: Mapping[str, bytes], theirs: Mapping[str, bytes]) -> set[str]:
    return {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}


def _modules(archive: bytes, folder: PurePosixPath) -> dict[str, bytes]:
    """The Python files in *folder* of the *archive*, however deep, by their path in the folder."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        paths = [PurePosixPath(name) for name in opened.namelist() if name.endswith(".py")]
        inside = [path for path in paths if path.is_relative_to(folder)]
        return {str(path.relative_to(folder)): opened.read(str(path)) for path in inside}


def _version(module: bytes) -> str:
    """The version in a package's ``__init__.py``."""
    line = next((one for one in module.decode().splitlines() if one.startswith("__version__")), "")
    return line.partition("=")[2].strip(" \"'") or "unknown"
