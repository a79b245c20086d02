"""A flood of what is not signed, through the built function under Lambda's runtime client: what it costs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.built_functions import BuiltFunctions
from tests.support.scripted_server import ScriptedServer, reply
from tests.support.webhook_requests import ACCOUNT_SID, API_URL, AUTH_TOKEN, STATUS, form_event, get_event, json_event

FLOODS = [pytest.param(300, id="300"), pytest.param(20_000, id="20000", marks=pytest.mark.endurance)]
SECRET = {"SecretString": json.dumps({"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN}), "CreatedDate": 1.0e9}


def unsigned_requests(number: int) -> Iterator[dict[str, Any]]:
    """Forms, GETs and documents, for the connection and for names at random: not signed, or not in base64."""
    for count in range(number):
        connection = "default" if count % 3 else f"nobody-{count}"
        event = (form_event(STATUS, connection=connection), get_event(STATUS), json_event({"n": count}))[count % 3]
        headers = {name: value for name, value in event["headers"].items() if name != "x-twilio-signature"}
        yield {**event, "headers": headers if count % 2 else {**headers, "x-twilio-signature": "no base64!"}}


@pytest.mark.parametrize("number", FLOODS)
def test_no_secret_is_read_for_a_flood_of_unsigned_requests(functions: BuiltFunctions, number: int) -> None:
    with ScriptedServer(reply(200, json.dumps(SECRET).encode())) as secrets_manager:
        process = functions.process(
            "WebhookFunction",
            f"flood of {number}",
            AWS_ENDPOINT_URL_SECRETS_MANAGER=secrets_manager.url,
            EVENT_BUS_NAME="default",
            UNDELIVERED_QUEUE_URL=f"{functions.aws.url}/000000000000/undelivered",
            PREVIOUS_TOKEN_SECONDS="3600",
            API_BASE_URL=API_URL,
        )
        results = [process.invoke(event) for event in unsigned_requests(number)]
        assert {result.payload["statusCode"] for result in results} == {403}
        assert secrets_manager.requests == []
        spent = sum(result.processor_time or 0.0 for result in results[1:])
        print(f"{number} unsigned requests: {spent:.1f} s of processor time, no GetSecretValue")

        assert process.invoke(form_event(STATUS)).payload["statusCode"] == 204
        assert [request.headers["X-Amz-Target"] for request in secrets_manager.requests] == [
            "secretsmanager.GetSecretValue"
        ]
