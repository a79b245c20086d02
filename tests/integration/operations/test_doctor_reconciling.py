"""What the doctor says of reconciliation."""

import pytest

from operations.doctor.reconciling import TOLERATED_SECONDS, check_reconciling
from operations.findings import Finding
from tests.support.deployed_stack import DeployedStack, told
from tests.support.fakes import FakeClock

OVERLAP = 300


@pytest.fixture
def reconciling(deployed: DeployedStack) -> DeployedStack:
    deployed.parameters |= {"ReconcileEnabled": "true", "PollOverlapSeconds": str(OVERLAP)}
    return deployed


def examine(deployed: DeployedStack, seconds_later: float = 0.0) -> list[Finding]:
    """The findings, as of so long after the last complete pass began."""
    items = [item for item in deployed.world.items("reconcile#") if "at" in item]
    at = float(items[0]["at"]["N"]) if items else 0.0
    return list(check_reconciling(deployed.stack, FakeClock(at + OVERLAP + seconds_later)))


def test_what_nobody_asked_for_is_ok(deployed: DeployedStack) -> None:
    assert told(list(check_reconciling(deployed.stack))) == [("ok", "reconciling")]


@pytest.mark.parametrize(("seconds", "level"), [(TOLERATED_SECONDS, "ok"), (TOLERATED_SECONDS + 1, "FAIL")])
def test_a_cursor_that_stands_still_fails_as_its_alarm_would(
    reconciling: DeployedStack, seconds: float, level: str
) -> None:
    given = {"connection": "default", "lookBackHours": 48}
    reconciling.schedule(given=given)
    assert told(examine(reconciling)) == [("ok", "reconciling"), ("warn", "reconciling")]
    reconciling.world.invoke("reconcile", given)
    findings = examine(reconciling, seconds)
    assert told(findings) == [("ok", "reconciling"), (level, "reconciling")]
    assert level == "ok" or "aws logs tail /aws/lambda/stack-reconcile " in findings[1].remedy


@pytest.mark.parametrize(("seconds", "level"), [(2 * 3600, "ok"), (2 * 3600 + 1, "FAIL")])
def test_a_cursor_that_stands_still_for_longer_than_a_short_look_back_fails(
    reconciling: DeployedStack, seconds: float, level: str
) -> None:
    given = {"lookBackHours": 2}
    reconciling.schedule(given=given)
    reconciling.world.invoke("reconcile", given)
    assert told(examine(reconciling, seconds))[1] == (level, "reconciling")


@pytest.mark.parametrize("given", [{"lookBackHours": 0}, {"from": "nobody's number"}])
def test_a_schedule_that_was_given_what_no_run_takes_fails(
    reconciling: DeployedStack, given: dict[str, object]
) -> None:
    reconciling.schedule(given=given)
    found = examine(reconciling)
    assert told(found)[1] == ("FAIL", "reconciling")
    assert next(iter(given)) in found[1].text
    assert "Schedules" in found[1].remedy


def test_a_schedule_that_was_switched_off_by_hand_fails(reconciling: DeployedStack) -> None:
    reconciling.schedule(state="DISABLED")
    [finding] = examine(reconciling)
    assert told([finding]) == [("FAIL", "reconciling")]
    assert "by hand" in finding.text


def test_a_connection_that_cannot_be_used_fails(reconciling: DeployedStack) -> None:
    reconciling.schedule(given={"connection": "missing"})
    assert told(examine(reconciling))[1] == ("FAIL", "reconciling")
