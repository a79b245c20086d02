"""What the doctor says of the schedule and of cursors."""

from collections.abc import Mapping

import pytest

from operations.doctor.schedule import check_polling
from operations.findings import Finding
from tests.support.deployed_stack import DeployedStack, told
from tests.support.fakes import FakeClock

NOW = FakeClock()


def poll(deployed: DeployedStack, given: Mapping[str, str]) -> None:
    """Let the deployed function poll, which makes its cursor."""
    deployed.world.invoke("poll", dict(given))


def examine(deployed: DeployedStack, seconds_later: float = 0.0, connection: str = "default") -> list[Finding]:
    """The findings, as of so long after the cursor that a poll has just made."""
    items = [item for item in deployed.world.items("poll#") if "at" in item]
    clock = FakeClock(float(items[0]["at"]["N"]) + seconds_later) if items else NOW
    return list(check_polling(deployed.stack, connection, clock))


@pytest.mark.parametrize("given", [{}, {"connection": "default", "from": "(555) 123-4567", "to": ""}])
def test_a_schedule_whose_cursor_keeps_up_is_ok(deployed: DeployedStack, given: Mapping[str, str]) -> None:
    deployed.schedule(given=given)
    poll(deployed, given)
    findings = examine(deployed, seconds_later=3600)
    assert told(findings) == [("ok", "polling default"), ("ok", "polling default")]
    assert findings[0].text == "The schedule is on: rate(5 minutes)."
    assert findings[1].text.endswith("Z, 3600 s behind.")


def test_a_cursor_that_stands_still_fails_as_its_alarm_would(deployed: DeployedStack) -> None:
    deployed.schedule()
    poll(deployed, {})
    findings = examine(deployed, seconds_later=3601)
    assert told(findings) == [("ok", "polling default"), ("FAIL", "polling default")]
    assert "aws logs tail /aws/lambda/stack-poll " in findings[1].remedy


def test_a_cursor_of_other_filters_is_not_taken_for_the_schedules(deployed: DeployedStack) -> None:
    deployed.schedule(given={"from": "+15551234567"})
    poll(deployed, {})
    findings = examine(deployed)
    assert told(findings) == [("ok", "polling default"), ("warn", "polling default")]
    assert findings[1].text == "It has no cursor yet: no poll has succeeded."


def test_of_a_connection_that_something_else_polls_the_cursor_is_told_and_not_the_stacks_schedule(
    deployed: DeployedStack,
) -> None:
    deployed.world.put_connection("sales", {"accountSid": "AC" + "1" * 32, "authToken": "x"})
    deployed.schedule(state="DISABLED")
    [finding] = examine(deployed, connection="sales")
    assert told([finding]) == [("warn", "polling sales")]
    assert "has no cursor" in finding.text

    poll(deployed, {"connection": "sales"})
    [finding] = examine(deployed, seconds_later=3600, connection="sales")
    assert told([finding]) == [("ok", "polling sales")]
    [finding] = examine(deployed, seconds_later=3601, connection="sales")
    assert told([finding]) == [("warn", "polling sales")]
    assert finding.text.endswith(", 3601 s behind; CursorLagAlarmSeconds is 3600.")


def test_a_schedule_switched_off_by_hand_fails(deployed: DeployedStack) -> None:
    deployed.schedule(state="DISABLED")
    [finding] = examine(deployed)
    assert told([finding]) == [("FAIL", "polling default")]
    assert "stack-PollingSchedule-1" in finding.remedy


def test_a_schedule_that_the_parameters_switch_off_may_be_meant_so(deployed: DeployedStack) -> None:
    deployed.schedule(state="DISABLED")
    deployed.parameters["PollEnabled"] = "false"
    [finding] = examine(deployed)
    assert told([finding]) == [("warn", "polling default")]
    assert "PollEnabled=true" in finding.remedy


@pytest.mark.parametrize("given", [{"since": "yesterday"}, {"from": "nobody's number"}])
def test_a_schedule_that_was_given_what_no_poll_takes_fails(deployed: DeployedStack, given: Mapping[str, str]) -> None:
    deployed.schedule(given=given)
    findings = examine(deployed)
    assert told(findings) == [("ok", "polling default"), ("FAIL", "polling default")]
    assert next(iter(given)) in findings[1].text
    assert "Schedules" in findings[1].remedy


def test_a_schedule_of_a_connection_that_does_not_exist_fails(deployed: DeployedStack) -> None:
    deployed.schedule(given={"connection": "sales"})
    findings = examine(deployed)
    assert told(findings) == [("ok", "polling default"), ("FAIL", "polling default")]
    assert "twilio/connections/sales" in findings[1].text
