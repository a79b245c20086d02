"""Around the imports of a start: what is left out, and that everything is as ever afterwards."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "a-function"}
CHECKS = {
    "what writes documentation is not imported": """
        assert not {"html", "html.parser", "botocore.docs.method"} & sys.modules.keys()
        assert "importlib.metadata._meta" not in sys.modules
    """,
    "documentation is there again": """
        from botocore.docs.docstring import ClientMethodDocstring
        assert ClientMethodDocstring.__module__ == "botocore.docs.docstring"
        import botocore.docs
        assert botocore.docs.generate_docs
    """,
    "the versions of packages are there again": """
        from importlib.metadata import distributions, version
        assert version("urllib3").startswith("2.")
        assert list(distributions())
    """,
    "what took them before takes the real ones": """
        assert team.version("urllib3").startswith("2.")
        assert team.importlib.metadata.version("urllib3").startswith("2.")
        assert team.metadata.distribution("urllib3").version.startswith("2.")
        from importlib import metadata
        assert metadata.PackageNotFoundError is team.metadata.PackageNotFoundError
    """,
    "clients are botocore's": """
        import os
        os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")
        from twilio_connector.aws import Aws
        client = Aws().secrets
        assert client.get_secret_value.__doc__ == ""
        assert client.get_waiter and client.can_paginate("list_secrets")
    """,
    "garbage is collected, but not what there was": """
        assert gc.isenabled()
        assert gc.get_freeze_count() > 10_000
    """,
}
# What else a team's layer may do while a function starts, with the modules that have stand-ins.
MEANWHILE = """
    from importlib.metadata import version
    from importlib import metadata
    import importlib.metadata
    import importlib.util
    assert all(importlib.util.find_spec(name) for name in ("importlib.metadata", "botocore.docs.docstring"))
"""
USED_MEANWHILE = """
    import importlib.metadata
    assert importlib.metadata.version("urllib3").startswith("2.")
"""
AS_EVER = """
    assert gc.isenabled()
    assert not start._stand_ins
    assert not [finder for finder in sys.meta_path if type(finder).__module__ == start.__name__]
    from importlib.metadata import version
    assert version("urllib3").startswith("2.")
    from botocore.docs.docstring import ClientMethodDocstring
    assert ClientMethodDocstring.__module__ == "botocore.docs.docstring"
"""
# A handler's module, "team", whose import does more.
SCRIPT = """
import gc, sys
from twilio_connector import handlers, start
handlers.__path__.append({folder!r})
{importing}
{check}
"""
IMPORTING = "from twilio_connector.handlers import team"
FAILING = """
try:
    from twilio_connector.handlers import team
except ZeroDivisionError:
    pass
else:
    raise AssertionError
"""


def lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """What goes wrong in a process that starts there."""

    def run(
        check: str,
        environment: Mapping[str, str] = LAMBDA,
        during: str = MEANWHILE,
        importing: str = IMPORTING,
        before: str = "",
    ) -> str:
        module = f"{lines(during)}\nimport twilio_connector.handlers.get_sms"
        (tmp_path / "team.py").write_text(f"{module}\n1 / 0" if importing == FAILING else module)
        script = before + SCRIPT.format(folder=str(tmp_path), importing=importing, check=lines(check))
        ended = subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": os.pathsep.join(sys.path), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.stderr

    return run


@pytest.mark.parametrize("check", CHECKS)
def test_a_start_leaves_everything_as_it_finds_it(check: str, run: Callable[..., str]) -> None:
    assert run(CHECKS[check]) == ""


def test_who_needs_the_versions_of_packages_meanwhile_has_them(run: Callable[..., str]) -> None:
    assert run(AS_EVER, during=USED_MEANWHILE) == ""


def test_who_imports_boto3_meanwhile_has_all_of_it(run: Callable[..., str]) -> None:
    during = """
        import boto3
        table = boto3.resource("dynamodb", region_name="us-east-1").Table("a")
    """
    check = """
        assert "DynamoDB" in str(team.table.put_item.__doc__)
        import botocore.docs.docstring
        assert botocore.docs.generate_docs
    """
    assert run(check + AS_EVER, during=during) == ""


def test_everything_is_as_ever_after_an_import_that_fails_and_a_second_one_works(run: Callable[..., str]) -> None:
    assert run(f"{AS_EVER}\nimport twilio_connector.handlers.send_sms", importing=FAILING) == ""


def test_nothing_is_done_until_a_handler_is_imported(run: Callable[..., str]) -> None:
    check = """
        assert gc.isenabled() and gc.get_freeze_count() == 0
        assert not {"botocore.docs", "importlib.metadata"} & sys.modules.keys()
        from importlib.util import find_spec
        assert find_spec("twilio_connector.handlers.nobody") is None
    """
    assert run(check, importing="") == ""


def test_who_does_not_collect_garbage_goes_on_so(run: Callable[..., str]) -> None:
    assert run("assert not gc.isenabled()", before="import gc; gc.disable()\n") == ""


def test_outside_of_lambda_nothing_is_done(run: Callable[..., str]) -> None:
    check = """
        assert "botocore.docs.method" in sys.modules
        assert gc.get_freeze_count() == 0
    """
    assert run(check, {}) == ""


def test_where_botocore_was_imported_before_nothing_is_done(run: Callable[..., str]) -> None:
    check = "assert 'botocore.docs.method' in sys.modules and gc.get_freeze_count() == 0"
    assert run(check) != ""
    assert run(check, before="import botocore.session\n") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux maps into a process")
def test_python_takes_no_memory_for_its_stack_again_and_again_however_deep_an_import_stands(
    run: Callable[..., str],
) -> None:
    # Calls from every depth, so also from those at the end of a piece, where each one maps memory.
    during = """
        import resource
        def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        def there_and_back(): return there_and_back.__name__
        def mapped(): before = faults(); [there_and_back() for _ in range(500)]; return faults() - before
        def at(depth): return [mapped(), *(at(depth - 1) if depth else [])]
        most = max(at(400))
    """
    assert run("assert team.most < 100, team.most", during=during) == ""
