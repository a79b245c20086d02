"""The least that reading a message can be: the secret by boto3, one request by urllib3."""

import json
import os

import boto3
import urllib3

secrets = boto3.session.Session().client("secretsmanager")
http = urllib3.PoolManager()
cache = {}


def handler(event, context):
    if not cache:
        cache.update(json.loads(secrets.get_secret_value(SecretId="twilio/connections/default")["SecretString"]))
    url = (
        f"{os.environ['TWILIO_API_URL']}/2010-04-01/Accounts/{cache['accountSid']}/Messages/{event['messageSid']}.json"
    )
    headers = urllib3.make_headers(basic_auth=f"{cache['accountSid']}:{cache['authToken']}")
    answer = json.loads(http.request("GET", url, headers=headers, timeout=15, retries=False).data)
    return {"sid": answer["sid"], "status": answer["status"]}
