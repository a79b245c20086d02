"""Around the imports of a start: what is left out, and that everything is as ever afterwards."""

import os
import subprocess
import sys

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
        assert before("urllib3").startswith("2.")
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
SCRIPT = """
import gc, sys
import twilio_connector.handlers
{during}
import twilio_connector.handlers.get_sms
{check}
"""


def run(
    check: str, environment: dict[str, str], during: str = "from importlib.metadata import version as before"
) -> str:
    """What goes wrong in a process that starts there."""
    lines = "\n".join(line.strip() for line in check.splitlines())
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(check=lines, during=during)],
        env={"PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stderr


@pytest.mark.parametrize("check", CHECKS)
def test_a_start_leaves_everything_as_it_finds_it(check: str) -> None:
    assert run(CHECKS[check], LAMBDA) == ""


def test_outside_of_lambda_nothing_is_done() -> None:
    check = """
        assert "botocore.docs.method" in sys.modules
        assert gc.get_freeze_count() == 0
    """
    assert run(check, {}) == ""


def test_where_botocore_was_imported_before_nothing_is_done() -> None:
    check = "assert 'botocore.docs.method' in sys.modules and gc.get_freeze_count() == 0"
    assert run(check, {"PYTHONSTARTUP": "", **LAMBDA}, during="") != ""
    script = "import botocore.session\n" + SCRIPT.format(check=check, during="")
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), **LAMBDA}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
