"""What the doctor says of the functions, and of code that is not this checkout's."""

import pytest

from local.sam import PROJECT_ROOT
from operations.doctor.code import FUNCTIONS, NAMED, check_code, download, package_files
from operations.findings import Finding, Subject
from operations.stack import StackError
from tests.support.deployed_fakes import layer_files, zipped
from tests.support.deployed_stack import DeployedStack, told
from tests.support.scripted_server import ScriptedServer, reply, reset
from twilio_connector import __version__


def examine(deployed: DeployedStack) -> list[Finding]:
    return list(Subject("code").examined(check_code(deployed.stack, deployed.functions.fetch)))


def test_this_checkout_deployed_is_ok(deployed: DeployedStack) -> None:
    [finding] = examine(deployed)
    assert told([finding]) == [("ok", "code")]
    assert finding.text.endswith(f"the code of this checkout: version {__version__}, on python3.13.")


def test_another_version_of_the_package_is_told_with_the_files_that_differ(deployed: DeployedStack) -> None:
    package = layer_files()
    del package["python/twilio_connector/webhook/receiver.py"]
    deployed.functions.archives["layer"] = zipped(
        {
            **package,
            "python/twilio_connector/__init__.py": b'"""Old."""\n\n__version__ = "0.0.9"\n',
            "python/twilio_connector/gone.py": b"",
        }
    )
    [finding] = examine(deployed)
    assert told([finding]) == [("warn", "code")]
    assert finding.text == (
        f"Deployed is version 0.0.9, on python3.13; this checkout, version {__version__}, differs in "
        "__init__.py, gone.py, webhook/receiver.py."
    )


def test_a_file_below_a_folder_of_the_package_is_compared_too(deployed: DeployedStack) -> None:
    nested = {"python/twilio_connector/deeper/still/__init__.py": b"# put there by somebody\n"}
    deployed.functions.archives["layer"] = zipped({**layer_files(), **nested})
    [finding] = examine(deployed)
    assert finding.text.endswith("differs in deeper/still/__init__.py.")


def test_a_file_below_a_folder_of_a_function_is_compared_too(deployed: DeployedStack) -> None:
    app = (PROJECT_ROOT / "functions" / "poll" / "app.py").read_bytes()
    deployed.functions.archives["poll"] = zipped({"app.py": app, "vendored/shadow.py": b"# another\n"})
    [finding] = examine(deployed)
    assert finding.text.endswith("differs in functions/poll.")


def test_another_handler_is_told(deployed: DeployedStack) -> None:
    deployed.functions.archives["poll"] = zipped({"app.py": b"# another\n"})
    [finding] = examine(deployed)
    assert finding.text.endswith("differs in functions/poll.")


def test_a_function_that_an_earlier_version_did_not_have_is_told(deployed: DeployedStack) -> None:
    del deployed.outputs["UpdateMessageFunction"]
    [finding] = examine(deployed)
    assert told([finding]) == [("warn", "code")]
    assert finding.text.endswith("differs in functions/update_message.")


def test_of_many_differing_files_a_few_are_named(deployed: DeployedStack) -> None:
    deployed.functions.archives["layer"] = zipped({})
    [finding] = examine(deployed)
    assert finding.text.startswith("Deployed is version unknown, ")
    assert finding.text.endswith(f"and {len(package_files()) - NAMED} more.")


@pytest.mark.parametrize("state", [{"State": "Pending"}, {"LastUpdateStatus": "InProgress"}])
def test_functions_that_are_being_updated_only_take_a_while(deployed: DeployedStack, state: dict[str, str]) -> None:
    deployed.functions.configuration |= state
    findings = examine(deployed)
    assert told(findings) == [("warn", "code")] * len(FUNCTIONS)
    assert findings[0].text == "The function webhook is being updated."


@pytest.mark.parametrize("state", [{"State": "Failed"}, {"LastUpdateStatus": "Failed"}])
def test_functions_that_cannot_run_fail(deployed: DeployedStack, state: dict[str, str]) -> None:
    deployed.functions.configuration |= state
    findings = examine(deployed)
    assert told(findings) == [("FAIL", "code")] * len(FUNCTIONS)
    assert "aws lambda get-function --function-name WebhookFunction " in findings[0].remedy


def test_a_function_at_rest_is_ok(deployed: DeployedStack) -> None:
    deployed.functions.configuration["State"] = "Inactive"
    assert told(examine(deployed)) == [("ok", "code")]


def test_code_that_cannot_be_downloaded_is_told() -> None:
    for answer in (reply(403), reset):
        with ScriptedServer(answer) as server, pytest.raises(StackError, match="could not be downloaded"):
            download(server.url)
    with ScriptedServer(reply(200, b"zip")) as server:
        assert download(server.url) == b"zip"
