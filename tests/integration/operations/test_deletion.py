"""What `make delete` and the doctor say of a stack that something hangs on."""

from collections.abc import Iterator, Sequence

import boto3
import pytest

from operations.deletion import check_deletion, examine, main
from operations.findings import Finding, Subject
from tests.support.deployed_stack import NAME, DeployedStack, told
from tests.support.fakes import BUS, refused
from tests.support.moto_clients import moto_client
from tests.support.world import REGION


def put_rule(name: str, *targets: str) -> None:
    events = moto_client("events")
    events.put_rule(Name=name, EventBusName=BUS, EventPattern='{"source": ["twilio.connector"]}')
    if targets:
        arn = "arn:aws:sqs:us-east-1:123456789012:consumer"
        wanted = [{"Id": target, "Arn": arn} for target in targets]
        events.put_targets(Rule=name, EventBusName=BUS, Targets=wanted)  # type: ignore[arg-type]  # a literal of boto3's


def hanging(deployed: DeployedStack) -> list[Finding]:
    """What the doctor finds: `make delete` refuses because of it or, with ANYWAY, only warns."""
    found = list(check_deletion(deployed.stack))
    assert {subject for _, subject in told(found)} == {"deletion"}
    obstacles = [finding for finding in found if finding.level != "ok"]
    assert all(finding.level == "warn" for finding in obstacles)
    for anyway, level in ((False, "FAIL"), (True, "warn")):
        said = [
            one for one in examine(deployed.stack, anyway=anyway) if one.subject == "deletion" and one.level == level
        ]
        assert [(one.text, one.remedy) for one in said] == [(one.text, one.remedy) for one in obstacles]
    return obstacles


def test_nothing_hangs_on_a_new_stack(deployed: DeployedStack) -> None:
    assert told(list(check_deletion(deployed.stack))) == [("ok", "deletion")]
    [finding] = examine(deployed.stack, anyway=False)
    assert finding.level == "ok"
    assert "cursors of polls" in finding.text


def test_a_rule_of_another_stack_is_told_with_the_command_that_deletes_that_stack(deployed: DeployedStack) -> None:
    put_rule("inbound-texts-Rule-1", "function")
    deployed.owners[f"{BUS}|inbound-texts-Rule-1"] = "inbound-texts"
    [finding] = hanging(deployed)
    assert finding.text == f"The rule inbound-texts-Rule-1 hangs on the bus {BUS}."
    assert (
        finding.remedy
        == f"Delete its stack: aws cloudformation delete-stack --stack-name inbound-texts --region {REGION}"
    )


def test_a_rule_of_somebody_s_own_is_told_with_the_commands_that_delete_it(deployed: DeployedStack) -> None:
    put_rule("by-hand", "one", "two")
    put_rule("without-targets")
    with_targets, without = hanging(deployed)
    bus = f"--event-bus-name {BUS}"
    delete = f"aws events delete-rule --name {{}} {bus} --region {REGION}"
    remove = f"aws events remove-targets --rule by-hand {bus} --ids one two --region {REGION}"
    assert with_targets.remedy.endswith(f": {remove} && {delete.format('by-hand')}")
    assert without.remedy.endswith(f": {delete.format('without-targets')}")


def test_the_stack_s_own_rule_and_rules_of_another_bus_hang_on_nothing(deployed: DeployedStack) -> None:
    put_rule("own")
    deployed.resources["AWS::Events::Rule"] = [f"{BUS}|own"]
    moto_client("events").put_rule(Name="elsewhere", ScheduleExpression="rate(1 day)")
    assert hanging(deployed) == []


def test_rules_on_a_bus_that_is_not_the_stack_s_own_hang_on_nothing(deployed: DeployedStack) -> None:
    put_rule("of-a-consumer")
    deployed.parameters["EventBusName"] = BUS
    assert hanging(deployed) == []


def test_rules_of_all_pages_are_told(deployed: DeployedStack) -> None:
    for number in range(120):
        put_rule(f"rule-{number:03}")
    assert len(hanging(deployed)) == 120


def test_an_archive_of_somebody_s_own_is_told_and_its_rule_is_not(deployed: DeployedStack) -> None:
    events = moto_client("events")
    for name in ("theirs", "own"):
        events.create_archive(ArchiveName=name, EventSourceArn=deployed.outputs["EventBusArn"])
    deployed.resources["AWS::Events::Archive"] = ["own"]
    archive, *others = hanging(deployed)
    assert others == []
    assert archive.text == "The archive theirs is of the bus."
    assert "aws events delete-archive --archive-name theirs" in archive.remedy


def test_a_stack_that_imports_from_this_one_is_told_once(deployed: DeployedStack) -> None:
    for output in ("PollFunctionArn", "PollScheduleRoleArn"):
        deployed.outputs[output], deployed.exports[output] = "arn:aws:x", f"{NAME}-{output}"
        deployed.imports[f"{NAME}-{output}"] = ["marketing"]
    [finding] = hanging(deployed)
    assert finding.text == "The stack marketing uses this one."
    assert "delete-stack --stack-name marketing" in finding.remedy


def test_a_protected_state_table_is_told(deployed: DeployedStack) -> None:
    deployed.parameters["DeletionProtection"] = "true"
    [finding] = hanging(deployed)
    assert "DeletionProtection=false" in finding.remedy


def test_messages_that_go_with_the_queues_are_counted(deployed: DeployedStack) -> None:
    deployed.put("SendQueue", "{}")
    for _ in range(2):
        deployed.put("UndeliveredDeadLetterQueue", "{}")
    findings = list(examine(deployed.stack, anyway=False))
    assert told(findings) == [("warn", "SendQueue"), ("warn", "UndeliveredDeadLetterQueue"), ("ok", "deletion")]
    assert [finding.text[:2] for finding in findings[:2]] == ["1 ", "2 "]


def test_what_a_failed_deletion_has_left_can_be_looked_at(deployed: DeployedStack) -> None:
    put_rule("of-a-consumer")
    deployed.status = "DELETE_FAILED"
    for url in deployed.urls.values():
        deployed.world.sqs.delete_queue(QueueUrl=url)
    assert told(list(examine(deployed.stack, anyway=False))) == [("FAIL", "deletion"), ("ok", "deletion")]


@pytest.mark.parametrize(("arguments", "status"), [([], 1), (["--anyway"], 0)])
def test_the_command_refuses_unless_it_is_told(
    deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], status: int
) -> None:
    monkeypatch.setattr(boto3, "Session", lambda **_: deployed.session)
    assert main(["--stack", NAME]) == 0
    put_rule("of-a-consumer")
    assert main(["--stack", NAME, *arguments]) == status


def test_who_may_not_ask_who_imports_is_told_so(deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed.outputs["PollFunctionArn"], deployed.exports["PollFunctionArn"] = "arn:aws:x", "exported"
    stack = deployed.stack

    def refuse(*, ExportName: str) -> Iterator[str]:  # noqa: N803  (boto3's names)
        raise refused("AccessDenied")

    monkeypatch.setattr(stack.clients.cloudformation, "list_imports", refuse)
    [finding] = Subject("deletion").examined(check_deletion(stack))
    assert finding.level == "FAIL"
    assert "may not call" in finding.text
