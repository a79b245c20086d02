"""docs/privacy.md says of each place how long it keeps what: as the template and the code have it."""

import re
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support.template import expanded, load_template, of_type, template
from twilio_connector.listing import budget as listing
from twilio_connector.sending import budget as sending

PAGE = (PROJECT_ROOT / "docs" / "privacy.md").read_text()
HOUR, DAY = 3600, 24 * 3600
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
SQS_KEEPS_BY_DEFAULT = 4 * DAY
# How long the page says, by place: the last cell of the first table's rows.
PLACES = {
    place.replace("`", ""): (what, kept)
    for place, what, kept in re.findall(
        r"^\| (.+?) \| (.+?) \| (.+) \|$", PAGE.partition("## Where it rests")[2].partition("\n## ")[0], re.MULTILINE
    )
}
QUEUES = of_type("AWS::SQS::Queue")


def days(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\b(\d+) days\b", text)]


def default_of(parameter: str) -> Any:
    return template()["Parameters"][parameter]["Default"]


@pytest.mark.parametrize("queue", QUEUES)
def test_each_queue_is_told_with_its_retention(queue: str) -> None:
    kept = QUEUES[queue].get("MessageRetentionPeriod", SQS_KEEPS_BY_DEFAULT)
    assert [number * DAY for number in days(PLACES[queue][1])] == [kept]


def test_no_queue_is_told_that_is_not_there() -> None:
    assert {place for place in PLACES if place.endswith("Queue")} == QUEUES.keys()


def test_what_the_state_table_keeps_is_told_with_its_expiry() -> None:
    sends, polls = PLACES["StateTable, sends"][1], PLACES["StateTable, polls"][1]
    hours = [int(number) * HOUR for number in re.findall(r"(\d+) hours", sends)]
    assert hours == [sending.SENT_SECONDS]
    assert [number * DAY for number in days(sends)] == [sending.UNKNOWN_SECONDS, sending.CLAIMED_SECONDS]
    assert {number * DAY for number in days(polls)} == {listing.CHUNK_SECONDS, listing.UNDATED_MEMORY_SECONDS}


def test_the_table_forgets_what_has_expired_and_its_backups_are_as_long_as_told() -> None:
    table = expanded()["StateTable"]["Properties"]
    assert table["TimeToLiveSpecification"]["Enabled"]
    # Without a number of its own, 35 days.
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert days(PLACES["StateTable, backups"][1]) == [35]


def test_the_table_of_the_example_and_its_queue_are_told_with_their_retention() -> None:
    example = load_template(PROJECT_ROOT / "examples" / "delivery-report" / "template.yaml")
    (told,) = (kept for place, (_, kept) in PLACES.items() if place.startswith("MessageTable"))
    queue = example["Resources"]["UnwrittenStatusQueue"]["Properties"]["MessageRetentionPeriod"]
    assert f"{example['Parameters']['RetentionDays']['Default']} by default" in told
    # Point-in-time recovery without a number of its own, 35 days.
    assert days(told) == [35, queue // DAY]


def test_the_archive_and_the_logs_are_told_with_their_parameter() -> None:
    archive, logs = PLACES["EventArchive"][1], PLACES["Log groups"][1]
    assert f"`ArchiveDays`: {default_of('ArchiveDays')} by default" in archive
    (resource,) = of_type("AWS::Events::Archive").values()
    assert resource["RetentionDays"] == {"Ref": "ArchiveDays"}
    assert f"`LogRetentionDays`: {default_of('LogRetentionDays')} by default" in logs
    groups = of_type("AWS::Logs::LogGroup").values()
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups)


def test_inputs_that_wait_for_a_function_are_told_with_their_age() -> None:
    told = PLACES["Lambda, of asynchronous invocations"][1]
    ages = {
        name.removesuffix("FunctionEventInvokeConfig"): settings["MaximumEventAgeInSeconds"]
        for name, settings in of_type("AWS::Lambda::EventInvokeConfig").items()
    }
    assert f"{ages.pop('SendSms') // HOUR} hour for send_sms, {ages.pop('Poll') // 60} minutes for poll" in told
    assert f"{ages.pop('Reconcile') // 60} minutes for poll and reconcile" in told
    assert not ages, "a function has an age of its own that the page does not tell"


def test_what_remains_at_the_end_is_no_longer_than_the_places_keep_it() -> None:
    end = " ".join(PAGE.rpartition("\nWhat remains then")[2].split())
    queues = max(queue.get("MessageRetentionPeriod", SQS_KEEPS_BY_DEFAULT) for queue in QUEUES.values())
    kept = max(sending.CLAIMED_SECONDS, listing.CHUNK_SECONDS, listing.UNDATED_MEMORY_SECONDS)
    assert f"in queues after {queues // DAY} days" in end
    assert f"in the state table after {kept // DAY} days, and in its backups 35 days later" in end


def test_every_kind_of_event_is_told() -> None:
    schemas = {path.stem for path in (PROJECT_ROOT / "events" / "schemas").glob("*.json")} - {"message", "webhook"}
    told = PAGE.partition("Which events hold what:")[2].partition("\n- ")[0]
    assert schemas
    assert {name.lower().replace(" ", "-") for name in re.findall(r"`([A-Z][\w ]+)`", told)} == schemas


def test_all_that_rests_is_encrypted() -> None:
    assert all(queue["SqsManagedSseEnabled"] for queue in QUEUES.values())
    # DynamoDB encrypts every table, without a specification with a key of its own:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
    assert "SSESpecification" not in expanded()["StateTable"]["Properties"]
