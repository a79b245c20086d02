"""What the doctor says of the schedule and of its cursor."""

from collections.abc import Mapping

import pytest

from scripts.doctor.schedule import check_schedule
from scripts.findings import Finding
from tests.fakes import FakeClock
from tests.integration.deployed_stack import DeployedStack, told

NOW = FakeClock()


def poll(deployed: DeployedStack, given: Mapping[str, str]) -> None:
    """Let the deployed function poll, which makes its cursor."""
    deployed.world.invoke("poll", dict(given))


def examine(deployed: DeployedStack, seconds_later: float = 0.0) -> list[Finding]:
    """The findings, as of so long after the cursor that a poll has just made."""
    items = [item for item in deployed.world.items("poll#") if "at" in item]
    clock = FakeClock(float(items[0]["at"]["N"]) + seconds_later) if items else NOW
    return list(check_schedule(deployed.stack, clock))


@pytest.mark.parametrize("given", [{}, {"connection": "default", "from": "(555) 123-4567", "to": ""}])
def test_a_schedule_whose_cursor_keeps_up_is_ok(deployed: DeployedStack, given: Mapping[str, str]) -> None:
    deployed.schedule(given=given)
    poll(deployed, given)
    findings = examine(deployed, seconds_later=3600)
    assert told(findings) == [("ok", "polling"), ("ok", "polling")]
    assert findings[0].text == "The schedule is on: rate(5 minutes)."
    assert findings[1].text.endswith("Z, 3600 s behind.")


def test_a_cursor_that_stands_still_fails_as_its_alarm_would(deployed: DeployedStack) -> None:
    deployed.schedule()
    poll(deployed, {})
    findings = examine(deployed, seconds_later=3601)
    assert told(findings) == [("ok", "polling"), ("FAIL", "polling")]
    assert "aws logs tail /aws/lambda/stack-poll " in findings[1].remedy


def test_a_cursor_of_other_filters_is_not_taken_for_the_schedules(deployed: DeployedStack) -> None:
    deployed.schedule(given={"from": "+15551234567"})
    poll(deployed, {})
    findings = examine(deployed)
    assert told(findings) == [("ok", "polling"), ("warn", "polling")]
    assert findings[1].text == "It has no cursor yet: no poll has succeeded."


def test_a_schedule_switched_off_by_hand_fails(deployed: DeployedStack) -> None:
    deployed.schedule(state="DISABLED")
    [finding] = examine(deployed)
    assert told([finding]) == [("FAIL", "polling")]
    assert "stack-PollingSchedule-1" in finding.remedy


def test_a_schedule_that_the_parameters_switch_off_may_be_meant_so(deployed: DeployedStack) -> None:
    deployed.schedule(state="DISABLED")
    deployed.parameters["PollEnabled"] = "false"
    [finding] = examine(deployed)
    assert told([finding]) == [("warn", "polling")]
    assert "PollEnabled=true" in finding.remedy


def test_a_schedule_of_a_connection_that_does_not_exist_fails(deployed: DeployedStack) -> None:
    deployed.schedule(given={"connection": "sales"})
    findings = examine(deployed)
    assert told(findings) == [("ok", "polling"), ("FAIL", "polling")]
    assert "twilio/connections/sales" in findings[1].text
