"""A poll as tutorials make it, tuned: full pages of Twilio's SDK, PutEvents by tens, an event a message."""

import json
import os
from datetime import datetime

import boto3
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

events = boto3.client("events")
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
    entries = [
        {
            "Source": "tutorial",
            "DetailType": "New Message",
            "EventBusName": os.environ["EVENT_BUS_NAME"],
            "Detail": json.dumps(
                {
                    "sid": message.sid,
                    "from": message.from_,
                    "to": message.to,
                    "body": message.body,
                    "status": message.status,
                    "direction": message.direction,
                    "dateSent": message.date_sent.isoformat(),
                }
            ),
        }
        for message in clients[0].messages.list(date_sent_after=datetime.fromisoformat(event["since"]), page_size=1000)
    ]
    for start in range(0, len(entries), 10):
        events.put_events(Entries=entries[start : start + 10])
    return {"published": len(entries)}
