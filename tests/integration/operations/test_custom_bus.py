"""The operators' commands on a stack that publishes on a Custom Event Bus, where only a subscriber sees events."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from operations.deletion import check_deletion
from operations.doctor.custom_bus import check_custom_bus
from operations.doctor.examination import examine
from operations.doctor.round_trip import check_round_trip
from operations.findings import Finding, Subject
from operations.smoke import smoke
from tests.support.custom_bus import ARN
from tests.support.deployed_stack import DeployedStack, told
from tests.support.fakes import BUS, refused
from tests.support.moto_clients import moto_client
from tests.support.scripted_server import ScriptedServer, reply

OF_ANOTHER_REGION = ARN.replace("us-east-1", "eu-west-1")


@pytest.fixture
def in_order(deployed: DeployedStack) -> Iterator[DeployedStack]:
    deployed.publish_in_order()
    yield deployed
    events, sqs = moto_client("events"), deployed.world.sqs
    assert events.list_rules(EventBusName=BUS)["Rules"] == []
    assert not sqs.list_queues(QueueNamePrefix="twilio-connector-").get("QueueUrls")


def bus_of(deployed: DeployedStack) -> list[Finding]:
    return list(Subject("bus").examined(check_custom_bus(deployed.stack)))


def test_a_stack_without_one_is_told_nothing_of_it(deployed: DeployedStack) -> None:
    assert bus_of(deployed) == []
    assert "bus" not in [finding.subject for finding in examine(deployed.stack, ["nobody"])]


def test_one_that_takes_events_is_told_with_how_long_it_retains_them(in_order: DeployedStack) -> None:
    [finding] = bus_of(in_order)
    assert str(finding) == "ok    bus: The Custom Event Bus twilio is ACTIVE, and retains events for 14 days."
    assert finding in list(examine(in_order.stack, ["nobody"]))


@pytest.mark.parametrize(
    ("arn", "described", "failure", "level", "said"),
    [
        (ARN[:-1] + "0", {}, None, "FAIL", "There is no Custom Event Bus twilio of that ARN"),
        (OF_ANOTHER_REGION, {}, None, "FAIL", "is in eu-west-1, and the stack in us-east-1"),
        (ARN, {"State": "CREATING"}, None, "FAIL", "is CREATING: it accepts no events"),
        (ARN, {}, refused("AccessDeniedException"), "warn", "may not be described with your credentials"),
        (ARN, {}, refused("InternalException"), "FAIL", "InternalException"),
    ],
    ids=["absent", "elsewhere", "not yet there", "somebody else's", "failing"],
)
def test_one_that_does_not_is_told_with_a_remedy(
    in_order: DeployedStack,
    arn: str,
    described: dict[str, str],
    failure: ClientError | None,
    level: str,
    said: str,
) -> None:
    in_order.publish_in_order(arn)
    in_order.custom_bus.described, in_order.custom_bus.failure = described, failure
    [finding] = bus_of(in_order)
    assert told([finding]) == [(level, "bus")]
    assert said in finding.text


def test_a_probe_is_accepted_without_a_rule_on_a_bus_that_has_no_rules(in_order: DeployedStack) -> None:
    with ScriptedServer(reply(204, b"")) as server:
        [finding] = check_round_trip(in_order.stack, "default", server.url)
    assert told([finding]) == [("ok", "webhook default")]
    assert "was accepted: it is on the Custom Event Bus or" in finding.text
    assert len(server.requests) == 1
    with ScriptedServer(reply(503)) as server:
        [finding] = check_round_trip(in_order.stack, "default", server.url)
    assert told([finding]) == [("FAIL", "webhook default")]


def test_smoke_sends_its_text_and_says_who_sees_the_callback(
    in_order: DeployedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_order.parameters["StatusCallbacks"] = "true"
    in_order.functions.results |= {
        "ListMessagesFunction": {"data": []},
        "PollFunction": {"skipped": False, "cursor": "2026-03-15T14:32:10Z", "published": 0},
        "SendSmsFunction": {"data": {"sid": "SM1"}},
    }
    monkeypatch.setattr("operations.smoke.examine", lambda *_: iter([Subject("doctor").ok("Well.")]))
    [*_, finding] = smoke(in_order.stack, "default", "+15551234567", "+15555551234")
    assert told([finding]) == [("ok", "send")]
    assert "only a subscriber of the Custom Event Bus can see" in finding.text


def test_what_hangs_on_the_stack_s_own_bus_still_keeps_it_from_being_deleted(in_order: DeployedStack) -> None:
    events = moto_client("events")
    events.put_rule(Name="by-hand", EventBusName=BUS, EventPattern='{"source": ["twilio.connector"]}')
    bus_arn = events.describe_event_bus(Name=BUS)["Arn"]
    events.create_archive(ArchiveName="kept", EventSourceArn=bus_arn)
    texts = [finding.text for finding in check_deletion(in_order.stack)]
    assert f"The rule by-hand hangs on the bus {BUS}." in texts
    assert "The archive kept is of the bus." in texts
    events.delete_archive(ArchiveName="kept")
    events.delete_rule(Name="by-hand", EventBusName=BUS)
