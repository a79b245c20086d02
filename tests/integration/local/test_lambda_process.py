"""The local Lambda treats a function as Lambda does, and leaves nothing behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.invocation_slot import RuntimeEndedError, RuntimeTooSlowError
from local.lambda_process import LambdaProcess, processor_seconds

APP = """
import importlib.util, os, sys, threading, time

calls = 0


def handler(event, context):
    global calls
    calls += 1
    return globals()[event["do"]](context)


def describe(context):
    return {
        "calls": calls,
        "request_id": context.aws_request_id,
        "remaining": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
        "home": os.path.expanduser("~"),
        "writes_bytecode": not sys.dont_write_bytecode,
    }


def locate(context):
    specs = {name: importlib.util.find_spec(name) for name in ("app", "urllib3", "boto3", "pytest")}
    return {name: spec and spec.origin for name, spec in specs.items()}


def fail(context):
    print("about to fail", file=sys.stderr)
    raise LookupError("It failed.")


def work(context):
    before = time.process_time()
    while time.process_time() < before + 0.1:
        pass


def work_aside(context):
    aside = threading.Thread(target=work, args=[context])
    aside.start()
    aside.join()


def die(context):
    os._exit(3)


def wait(context):
    threading.Event().wait()
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[LambdaProcess]:
    with local_lambda(tmp_path, APP) as process:
        yield process


def local_lambda(folder: Path, source: str) -> LambdaProcess:
    """A function of this source, with a layer that has an urllib3 of its own."""
    (folder / "app.py").write_text(source)
    layered = folder / "layer" / "urllib3.py"
    layered.parent.mkdir()
    layered.touch()
    return LambdaProcess(folder, layered.parent, {"OWN": "variable"})


def test_a_function_has_the_context_and_the_environment_of_lambda_and_nothing_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_VARIABLE", "leaked")
    monkeypatch.setenv("AWS_PROFILE", "leaked")
    with local_lambda(tmp_path, APP) as process:
        seen = process.invoke({"do": "describe"}, timeout_ms=20_000, request_id="a-request").payload

    assert seen["request_id"] == "a-request"
    assert 0 < seen["remaining"] <= 20_000
    environment = seen["environment"]
    assert environment["OWN"] == "variable"
    assert environment["_HANDLER"] == "app.handler"
    assert "leaked" not in environment.values()
    assert seen["home"] != str(Path.home())
    assert not seen["writes_bytecode"]


def test_imports_come_from_the_function_then_the_layer_then_the_runtime_and_from_nowhere_else(
    process: LambdaProcess, tmp_path: Path
) -> None:
    origins = process.invoke({"do": "locate"}).payload

    assert origins["app"] == str(tmp_path / "app.py")
    assert origins["urllib3"] == str(tmp_path / "layer" / "urllib3.py")
    assert origins["boto3"]
    assert origins["pytest"] is None


def test_an_error_has_its_class_and_text_and_stands_in_the_log_and_the_process_goes_on(process: LambdaProcess) -> None:
    failed, succeeded = process.invoke({"do": "fail"}), process.invoke({"do": "describe"})

    assert (failed.failed, failed.error_type, failed.error_message) == (True, "LookupError", "It failed.")
    assert "about to fail" in process.log
    assert "[ERROR] LookupError: It failed." in process.log
    assert (succeeded.failed, succeeded.error_type, succeeded.payload["calls"]) == (False, None, 2)


def test_the_first_invocation_is_cold_and_tells_how_long_the_start_took(process: LambdaProcess) -> None:
    first, second = process.invoke({"do": "describe"}), process.invoke({"do": "describe"})

    assert first.cold
    assert first.init_duration is not None
    assert first.init_duration > 0
    assert first.duration > 0
    assert (second.cold, second.init_duration) == (False, None)


@pytest.mark.skipif(processor_seconds(os.getpid()) is None, reason="this system does not tell")
def test_processor_time_is_that_of_the_one_invocation(process: LambdaProcess) -> None:
    process.invoke({"do": "describe"})
    worked, idle = process.invoke({"do": "work"}).processor_time, process.invoke({"do": "describe"}).processor_time

    assert worked is not None
    assert idle is not None
    assert idle < 0.09 <= worked


@pytest.mark.skipif(processor_seconds(os.getpid()) is None, reason="this system does not tell")
def test_at_rest_a_process_tells_what_its_start_took_and_then_all_of_its_threads(process: LambdaProcess) -> None:
    start = process.processor_time_at_rest()
    process.invoke({"do": "work_aside"})
    after = process.processor_time_at_rest()

    assert start is not None
    assert after is not None
    assert start > 0.01
    assert 0.1 <= after - start < 0.2


def test_a_function_that_cannot_be_imported_answers_with_lambdas_error(tmp_path: Path) -> None:
    with local_lambda(tmp_path, "import pytest") as process:
        failed = process.invoke({})
        with pytest.raises(RuntimeEndedError):
            process.invoke({})

    assert failed.error_type == "Runtime.ImportModuleError"
    assert failed.error_message == "Unable to import module 'app': No module named 'pytest'"


def test_a_process_that_dies_is_not_waited_for(process: LambdaProcess) -> None:
    with pytest.raises(RuntimeEndedError):
        process.invoke({"do": "die"})


def test_a_function_that_takes_too_long_is_given_up_and_ends_with_the_block(tmp_path: Path) -> None:
    with local_lambda(tmp_path, APP) as process, pytest.raises(RuntimeTooSlowError):
        process.invoke({"do": "wait"}, timeout_ms=100)
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
