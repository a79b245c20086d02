"""A send queue as tutorials make it: a loop over the records, with the client of Twilio's SDK. It remembers nothing."""

import json
import os

import boto3
from aws_lambda_powertools import Logger
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

logger = Logger()
secrets = boto3.client("secretsmanager")
clients = []


class HttpClient(TwilioHttpClient):
    """The SDK's, led to the stub."""

    def request(self, method, url, *args, **kwargs):
        return super().request(
            method, url.replace("https://api.twilio.com", os.environ["TWILIO_API_URL"]), *args, **kwargs
        )


def handler(event, context):
    if not clients:
        secret = json.loads(secrets.get_secret_value(SecretId="twilio/connections/default")["SecretString"])
        clients.append(Client(secret["accountSid"], secret["authToken"], http_client=HttpClient(timeout=15)))
    failures = []
    for record in event["Records"]:
        given = json.loads(record["body"])
        try:
            clients[0].messages.create(to=given["to"], from_=given["from"], body=given["message"])
        except Exception:
            logger.exception("Not sent")
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
