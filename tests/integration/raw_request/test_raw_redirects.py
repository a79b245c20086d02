"""Redirects as results: the address is where the caller finds it, and nowhere else."""

import json
import logging

import pytest
import urllib3

from local.twilio_sandbox.webhook_params import inbound_params
from tests.support.log_lines import log_lines
from tests.support.raw_caller import MESSAGES, caller
from tests.support.scripted_server import ScriptedServer, reply
from tests.support.world import World
from twilio_connector.errors import OutcomeUnknownError, TwilioConnectorError, TwilioResponseError

SECRET = "X-Signature=8d969eef6ecad3c2"
ADDRESS = f"https://media.example/1?{SECRET}"


@pytest.mark.parametrize("response_type", ["json", "text", "binary"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("all_errors", [False, True])
def test_the_address_in_the_header_is_a_result(
    response_type: str, method: str, all_errors: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(reply(307, b"", Location=ADDRESS)) as server, log_lines() as lines:
        call = caller(server.url)
        result = call(url=MESSAGES, method=method, responseType=response_type, maxRetries=3, retryAllErrors=all_errors)
        assert (result["status"], result["headers"]["location"]) == (307, ADDRESS)
        assert len(server.requests) == 1
    assert SECRET not in caplog.text + "".join(lines)


def test_the_address_in_the_body_is_a_result() -> None:
    body = json.dumps({"redirect_to": ADDRESS}).encode()
    with ScriptedServer(reply(307, body, Content_Type="application/json")) as server:
        result = caller(server.url)(url="https://api.twilio.com/v1/Exports/Messages/Days/2026-03-15")
        assert (result["status"], result["data"]) == (307, {"redirect_to": ADDRESS})
        assert caller(server.url)(url=MESSAGES, responseType="text")["data"] == body.decode()


@pytest.mark.parametrize("status", [300, 304, 307])
def test_without_an_address_it_is_an_error(status: int) -> None:
    with ScriptedServer(reply(status, b"")) as server, pytest.raises(TwilioResponseError, match=str(status)) as error:
        caller(server.url)(url=MESSAGES)
    assert error.value.status == status


def test_an_address_that_is_not_that_of_a_redirect_is_in_no_error() -> None:
    body = json.dumps({"redirect_to": ADDRESS, "code": 20404, "message": "Not found"}).encode()
    with ScriptedServer(reply(404, body, Location=ADDRESS), reply(500, body, Location=ADDRESS)) as server:
        for method, kind in (("GET", TwilioConnectorError), ("POST", OutcomeUnknownError)):
            with pytest.raises(kind) as error:
                caller(server.url)(url=MESSAGES, method=method)
            assert "example" not in str(error.value)


def test_what_follows_an_attempt_that_may_have_succeeded_is_told_as_it_is() -> None:
    with ScriptedServer(reply(500), reply(307, b"", Location=ADDRESS)) as server:
        assert caller(server.url)(url=MESSAGES, maxRetries=1)["status"] == 307


def test_the_url_that_a_webhook_names_leads_to_the_file(world: World) -> None:
    world.twilio.receive(from_="+15551234567", to="+15558675309", media=[("image/png", b"a picture")])
    url = inbound_params(world.twilio.messages[0])["MediaUrl0"]

    result = world.invoke("raw_request", {"url": url})

    file = urllib3.request("GET", result["headers"]["location"], retries=False)
    assert (result["status"], file.status, file.headers["Content-Type"], file.data) == (
        307,
        200,
        "image/png",
        b"a picture",
    )
