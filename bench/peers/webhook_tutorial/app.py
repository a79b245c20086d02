"""A webhook as tutorials make it: Powertools' router and parameters, and the validator and TwiML of Twilio's SDK."""

import json
import os
from urllib.parse import parse_qsl

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities import parameters
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

logger = Logger()
metrics = Metrics(namespace="Tutorial")
app = APIGatewayHttpResolver()
events = boto3.client("events")


@app.post("/webhook/<connection>")
def receive(connection):
    secret = parameters.get_secret(f"twilio/connections/{connection}", transform="json", max_age=300)
    event = app.current_event
    form = dict(parse_qsl(event.decoded_body, keep_blank_values=True))
    url = f"https://{event.headers['host']}{event.path}"
    if not RequestValidator(secret["authToken"]).validate(url, form, event.headers["x-twilio-signature"]):
        return Response(status_code=403)
    metrics.add_metric("Webhooks", "Count", 1)
    events.put_events(
        Entries=[
            {
                "Source": "tutorial",
                "DetailType": "Message Received",
                "Detail": json.dumps(form),
                "EventBusName": os.environ["EVENT_BUS_NAME"],
            }
        ]
    )
    logger.info("Webhook published")
    return Response(status_code=200, content_type="text/xml", body=str(MessagingResponse()))


@metrics.log_metrics
def handler(event, context):
    return app.resolve(event, context)
