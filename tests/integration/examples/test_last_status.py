"""The conditional write that a page offers for the last status, tried in every order of callbacks."""

import re
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.sam import PROJECT_ROOT
from twilio_connector.twilio.statuses import status_rank

PAGE = (PROJECT_ROOT / "docs" / "consumers.md").read_text()
# Statuses as Twilio reports them of one message, in that order; the last one counts.
LIVES = [
    ["queued", "sending", "sent", "delivered", "read"],
    ["queued", "sending", "sent", "undelivered"],
    ["sent", "delivered", "pondering"],
    ["sent", "undelivered", "delivered"],
    ["sent", "sent", "failed"],
    ["receiving", "received"],
]


def expression(name: str) -> str:
    """What the page gives as the option *name*."""
    [found] = re.findall(rf'--{name} "([^"]*)"', PAGE)
    return str(found)


@pytest.fixture(scope="module")
def table() -> Iterator[Any]:
    with mock_aws():
        key = [{"AttributeName": "sid", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "sid", "AttributeType": "S"}]
        dynamodb: Any = boto3.resource("dynamodb", region_name="us-east-1")
        yield dynamodb.create_table(
            TableName="texts", KeySchema=key, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
        )


def consume(table: Any, sid: str, status: str, received_at: str) -> None:
    """What the page has a consumer do."""
    rank = status_rank(status)
    if rank is None:
        return
    try:
        table.update_item(
            Key={"sid": sid},
            UpdateExpression=expression("update-expression"),
            ConditionExpression=expression("condition-expression"),
            ExpressionAttributeValues={":status": status, ":rank": rank, ":at": received_at},
        )
    except ClientError as exc:
        assert exc.response["Error"]["Code"] == "ConditionalCheckFailedException"


@pytest.mark.parametrize("life", LIVES, ids="-".join)
def test_the_last_status_remains_in_whatever_order_its_callbacks_are_consumed(table: Any, life: list[str]) -> None:
    callbacks = [(status, f"2026-03-15T14:32:{second:02}.000Z") for second, status in enumerate(life)]
    last = [status for status in life if status_rank(status) is not None][-1]
    for number, order in enumerate(permutations(callbacks)):
        sid = f"{'-'.join(life)} {number}"
        for status, received_at in (*order, order[0]):
            consume(table, sid, status, received_at)
        assert table.get_item(Key={"sid": sid})["Item"]["messageStatus"] == last


def test_the_page_names_each_status_with_its_rank() -> None:
    rows = re.findall(r"^\| (\d) \| (`.*`) \|$", PAGE, re.MULTILINE)
    named = {status: int(rank) for rank, statuses in rows for status in re.findall(r"`(\w+)`", statuses)}
    assert len(named) == 13
    assert {status: status_rank(status) for status in named} == named
