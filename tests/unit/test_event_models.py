"""The event files are what AWS sends, as far as Powertools' models know it: every attribute, of the right type."""

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent, APIGatewayProxyEventV2, SQSEvent
from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayProxyEventModel,
    APIGatewayProxyEventV2Model,
    LambdaFunctionUrlModel,
    SqsModel,
)

from tests.support.webhook_requests import HTTP_REQUESTS, INPUTS, load_event
from twilio_connector.webhook.http_request import parse_request

MODELS: dict[str, type[BaseModel]] = {
    "function-url": LambdaFunctionUrlModel,
    "http-api": APIGatewayProxyEventV2Model,
    "rest-api": APIGatewayProxyEventModel,
    "queue": SqsModel,
}
# What the others hold is the functions' own input.
OF_AWS = [*HTTP_REQUESTS, *(name for name in INPUTS if name.endswith("-queue"))]


def model(name: str) -> type[BaseModel]:
    return next(model for kind, model in MODELS.items() if kind in name)


@pytest.mark.parametrize("name", OF_AWS)
def test_the_event_is_of_its_model(name: str) -> None:
    model(name).model_validate(load_event(name))


@pytest.mark.parametrize("name", OF_AWS)
def test_an_event_that_lacks_what_aws_sends_is_not(name: str) -> None:
    event = load_event(name)
    if "Records" in event:
        del event["Records"][0]["eventSourceARN"]
    else:
        del event["requestContext"]["stage"]
    with pytest.raises(ValidationError):
        model(name).model_validate(event)


@pytest.mark.parametrize("name", HTTP_REQUESTS)
def test_the_connector_reads_of_a_request_what_powertools_reads(name: str) -> None:
    event = load_event(name)
    ours = parse_request(event)
    theirs = APIGatewayProxyEvent(event) if "rest-api" in name else APIGatewayProxyEventV2(event)
    assert (ours.method, ours.body.decode()) == (theirs.http_method, theirs.decoded_body or "")
    assert ours.headers["x-twilio-signature"] == theirs.headers["X-Twilio-Signature"]
    assert theirs.path in ours.paths


def test_powertools_reads_the_queues_records() -> None:
    records = [record for name in OF_AWS if "queue" in name for record in SQSEvent(load_event(name)).records]
    assert len(records) > 2
    assert all(record.event_source_arn.startswith("arn:aws:sqs:") and record.json_body for record in records)
