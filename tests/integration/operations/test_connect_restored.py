"""What was there before a number was connected is kept, and put back."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from local.twilio_sandbox import OwnedNumber
from operations.connect.former import FormerValues, Kept
from tests.support.connecting import APPLICATION, FORMER, NUMBER, RIGHT, WEBHOOK, changes, connected, kept, last, own
from tests.support.deployed_stack import DeployedStack


@pytest.mark.parametrize(
    "former",
    [
        OwnedNumber(NUMBER, FORMER, sms_method="GET", sms_fallback_url="https://f.example.com"),
        OwnedNumber(NUMBER, "", sms_fallback_method="GET"),
        OwnedNumber(NUMBER, "https://u.example.com", sms_application_sid=APPLICATION),
        OwnedNumber(NUMBER, WEBHOOK),
    ],
    ids=["URLs", "nothing", "application", "set by hand"],
)
@pytest.mark.parametrize("times", [1, 3])
def test_what_was_there_is_put_back_however_often_it_was_connected(
    deployed: DeployedStack, former: OwnedNumber, times: int
) -> None:
    owned = own(deployed)
    owned[1] = former
    for time in range(times):
        connected(deployed, clear_application=True, fallback=f"https://fallback.example.com/{time}")
    assert owned[1].sms_url == RIGHT
    # From another machine, or after an upgrade that moved the webhook.
    deployed.outputs["WebhookUrl"] = "https://moved.example.com/webhook/default"

    findings = connected(deployed, restore=True)

    assert last(findings) == ("ok", "It is as it was.")
    assert owned[1] == former
    assert not [private for private in ("0002222", "pass", "abc") if private in "".join(map(str, findings))]
    assert kept(deployed) == []


def test_a_webhook_that_moved_is_connected_again_and_the_first_value_comes_back(deployed: DeployedStack) -> None:
    owned = own(deployed)
    connected(deployed)
    deployed.outputs["WebhookUrl"] = "https://moved.example.com/webhook/default"
    connected(deployed)
    assert owned[1].sms_url == "https://moved.example.com/webhook/default#rc=5&rp=all"
    connected(deployed, restore=True)
    assert owned[1].sms_url == FORMER


def test_what_somebody_set_in_between_is_neither_overwritten_nor_forgotten(deployed: DeployedStack) -> None:
    owned = own(deployed)
    connected(deployed)
    owned[1] = replace(owned[1], sms_url="https://between.example.com/in")

    level, text = last(connected(deployed, restore=True))
    assert (level, text.partition(":")[0]) == (
        "FAIL",
        "It does not lead to the stack any more, but to https",
    )
    assert owned[1].sms_url == "https://between.example.com/in"

    connected(deployed)
    [item] = kept(deployed)
    assert [entry["M"]["SmsUrl"]["S"] for entry in item["former"]["L"]] == [FORMER, "https://between.example.com/in"]
    connected(deployed, restore=True)
    assert owned[1].sms_url == "https://between.example.com/in"
    [item] = kept(deployed)
    assert [entry["M"]["SmsUrl"]["S"] for entry in item["former"]["L"]] == [FORMER]


def test_without_anything_kept_nothing_is_put_back(deployed: DeployedStack) -> None:
    own(deployed)
    assert last(connected(deployed, restore=True)) == ("FAIL", "This stack keeps nothing of what was there.")
    assert changes(deployed) == []


def test_of_two_who_write_at_the_same_time_one_is_refused_and_nothing_is_lost(deployed: DeployedStack) -> None:
    former = FormerValues(deployed.stack.clients.dynamodb, deployed.outputs["StateTableName"])
    nothing = former.of("PN1")
    former.keep("PN1", nothing, {"SmsUrl": "first"}, RIGHT)
    first = former.of("PN1")
    former.keep("PN1", first, {"SmsUrl": "second"}, RIGHT)
    late: list[Callable[[], None]] = [
        lambda: former.keep("PN1", nothing, {"SmsUrl": "late"}, RIGHT),
        lambda: former.keep("PN1", first, {"SmsUrl": "late"}, RIGHT),
        lambda: former.name("PN1", first, "late"),
        lambda: former.forget_last("PN1", first),
    ]
    for write in late:
        with pytest.raises(ClientError):
            write()
    assert former.of("PN1") == Kept([{"SmsUrl": "first"}, {"SmsUrl": "second"}], RIGHT)


def test_what_was_there_is_kept_before_it_is_changed(deployed: DeployedStack) -> None:
    own(deployed)
    deployed.outputs["StateTableName"] = "no-such-table"
    assert last(connected(deployed))[0] == "FAIL"
    assert changes(deployed) == []
