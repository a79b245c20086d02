"""The least that a webhook can be: the same clients and calls, and nothing else."""

import base64
import hashlib
import hmac
import json
import os
from urllib.parse import parse_qsl

import boto3

session = boto3.session.Session()
secrets = session.client("secretsmanager")
events = session.client("events")
cache = {}


def handler(event, context):
    if not cache:
        cache.update(json.loads(secrets.get_secret_value(SecretId="twilio/connections/default")["SecretString"]))
    form = sorted(parse_qsl(base64.b64decode(event["body"]).decode(), keep_blank_values=True))
    signed = f"https://{event['headers']['host']}{event['rawPath']}" + "".join(name + value for name, value in form)
    mac = hmac.new(cache["authToken"].encode(), signed.encode(), hashlib.sha1).digest()
    if not hmac.compare_digest(base64.b64encode(mac).decode(), event["headers"]["x-twilio-signature"]):
        return {"statusCode": 403}
    detail = json.dumps(dict(form))
    bus = os.environ["EVENT_BUS_NAME"]
    events.put_events(
        Entries=[{"Source": "floor", "DetailType": "Message Received", "Detail": detail, "EventBusName": bus}]
    )
    return {"statusCode": 204}
