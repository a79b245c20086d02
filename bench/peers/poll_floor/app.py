"""The least that a poll with a cursor can be: boto3's clients, one page by urllib3. It knows of no late message."""

import json
import os
from datetime import UTC, datetime
from urllib.parse import urlencode

import boto3
import urllib3

session = boto3.session.Session()
secrets = session.client("secretsmanager")
dynamodb = session.client("dynamodb")
events = session.client("events")
http = urllib3.PoolManager()
cache = {}


def handler(event, context):
    if not cache:
        cache.update(json.loads(secrets.get_secret_value(SecretId="twilio/connections/default")["SecretString"]))
    table, key = os.environ["STATE_TABLE_NAME"], {"pk": {"S": f"floor#{event['from']}"}, "sk": {"S": "cursor"}}
    cursor = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    since = cursor.get("since", {"S": event["since"]})["S"]
    now = datetime.now(UTC).isoformat()
    query = urlencode({"PageSize": 1000, "From": event["from"], "DateSent>": since})
    url = f"{os.environ['TWILIO_API_URL']}/2010-04-01/Accounts/{cache['accountSid']}/Messages.json?{query}"
    headers = urllib3.make_headers(basic_auth=f"{cache['accountSid']}:{cache['authToken']}")
    found = json.loads(http.request("GET", url, headers=headers, timeout=15, retries=False).data)["messages"]
    entries = [
        {
            "Source": "floor",
            "DetailType": "New Message",
            "EventBusName": os.environ["EVENT_BUS_NAME"],
            "Detail": json.dumps(message),
        }
        for message in found
    ]
    for start in range(0, len(entries), 10):
        events.put_events(Entries=entries[start : start + 10])
    dynamodb.put_item(TableName=table, Item={**key, "since": {"S": now}})
    return {"published": len(found)}
