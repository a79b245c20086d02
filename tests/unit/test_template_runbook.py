"""The commands of the runbook and of the page on connections: what they name exists."""

import re
import subprocess

import pytest
from botocore import xform_name
from botocore.session import get_session

from tests.local.sam import PROJECT_ROOT
from tests.template import of_type, template

BLOCKS = [
    block
    for page in ("runbook.md", "connections.md")
    for block in re.findall(r"^```sh\n(.*?)^```$", (PROJECT_ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)
]
EVERYWHERE = {"query", "output", "cli-binary-format"}
# Commands of the CLI's own, with those of their options that are used.
CUSTOM = {
    ("logs", "tail"): {"since", "filter-pattern"},
    ("cloudformation", "deploy"): {"template-file", "stack-name", "parameter-overrides"},
}


def known_options(service: str, command: str) -> set[str]:
    """The options of a command of the AWS CLI, which makes them of the API's names."""
    if (service, command) in CUSTOM:
        return CUSTOM[service, command]
    model = get_session().get_service_model(service)
    (operation,) = (name for name in model.operation_names if xform_name(name, "-") == command)
    shape = model.operation_model(operation).input_shape
    return {xform_name(member, "-") for member in shape.members} if shape else set()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition("\n")[0][:40])
def test_commands_exist_with_their_options(block: str) -> None:
    subprocess.run(["bash", "-n"], input=block, text=True, check=True)
    commands = re.findall(r"\baws ([a-z]+) ([a-z-]+)", block)
    known = EVERYWHERE.union(*(known_options(*command) for command in commands))
    assert set(re.findall(r" --([a-z-]+)", block)) <= known


def test_outputs_log_groups_and_resources_that_are_named_exist() -> None:
    text = "\n".join(BLOCKS)
    groups = {
        group["LogGroupName"]["Fn::Sub"].removeprefix("/aws/lambda/${AWS::StackName}-")
        for group in of_type("AWS::Logs::LogGroup").values()
    }
    loops = {name for names in re.findall(r"for function in ([a-z -]+);", text) for name in names.split()}
    assert set(re.findall(r"problems ([a-z-]+)", text)) | loops <= groups
    assert set(re.findall(r"(?:output|waiting) (\w+)\)?", text)) - {"text"} <= template()["Outputs"].keys()
    assert set(re.findall(r"--logical-resource-id (\w+)", text)) <= template()["Resources"].keys()


def test_targets_of_make_exist() -> None:
    makefile = (PROJECT_ROOT / "Makefile").read_text()
    for target, variables in re.findall(r"^make (\w+)((?: [A-Z_]+=\S+)*)$", "\n".join(BLOCKS), re.MULTILINE):
        assert re.search(rf"^{target}: ", makefile, re.MULTILINE)
        for variable in re.findall(r"([A-Z_]+)=", variables):
            assert f"$({variable})" in makefile
