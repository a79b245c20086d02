"""What all tests share."""

import os
from collections.abc import Iterator
from functools import cache, partial
from tempfile import TemporaryDirectory

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import HealthCheck, settings

from local.sam import SHARED_BUILD
from tests.support import aws_models
from twilio_connector.invocation.observability import metrics

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Of `make mutants`: each of thousands of changes in the code is judged by the same few examples.
settings.register_profile(
    "mutants", settings.get_profile("untimed"), max_examples=10, derandomize=True, database=None, deadline=None
)
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Let workers that run side by side, and the commands that tests run, share one build of the bundle."""
    if not hasattr(config, "workerinput"):
        folder = TemporaryDirectory(prefix="twilio-connector-build-")
        config.add_cleanup(folder.cleanup)
        os.environ[SHARED_BUILD] = folder.name


@pytest.fixture(autouse=True, scope="session")
def _service_models_are_read_once() -> Iterator[None]:
    """botocore parses its models anew for every session, and moto's tests start many: most of their time."""
    load = cache(partial(JSONFileLoader.load_file, JSONFileLoader()))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(JSONFileLoader, "load_file", lambda _, path: load(path))
        yield


@pytest.fixture(autouse=True)
def _no_call_of_aws_is_refused_by_its_model() -> Iterator[None]:
    yield
    objections = list(aws_models.objections)
    aws_models.objections.clear()
    assert objections == []


@pytest.fixture(autouse=True)
def _metrics_end_with_the_test() -> Iterator[None]:
    """What is counted outside of an invocation would be written by the next one, in another test."""
    yield
    metrics.clear_metrics()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what the matrix of call sites and the simulation have counted, although their tests have passed."""
    reports = [
        report
        for each in terminalreporter.stats.values()
        for report in each
        if getattr(report, "when", "") == "call" and report.user_properties
    ]
    if reports:
        # Imported here: whatever runs tests would import all of the package for it.
        from tests.support.call_summary import summary

        if lines := list(summary(reports)):
            terminalreporter.section("every call site, every fault")
            terminalreporter.write("\n".join([*lines, ""]))
    for text in (text for report in reports for name, text in report.user_properties if name == "simulation"):
        terminalreporter.section("histories of the simulation")
        terminalreporter.write(f"{text}\n")
