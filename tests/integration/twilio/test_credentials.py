"""What the Twilio client does with a 401: other credentials, and what it counts and logs of them."""

import json

import pytest

from tests.support.fakes import FakeClock, FakeSecrets
from tests.support.log_lines import log_lines
from tests.support.metric_lines import emitted
from tests.support.scripted_server import ScriptedServer, reply
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import metrics
from twilio_connector.settings import ConnectionSettings
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.retries import retry_by_proof

ACCOUNT_SID = "AC" + "0" * 32


class Caller:
    """A client of the connection `default`, whose secret has a pending version, too. One clock serves all."""

    def __init__(self, url: str) -> None:
        self.clock = FakeClock()
        self.secrets = FakeSecrets(self.clock)
        for stage, token in {"AWSCURRENT": "first", "AWSPENDING": "second"}.items():
            self.secrets.put("default", json.dumps({"accountSid": ACCOUNT_SID, "authToken": token}), stage=stage)
        cache = SecretCache(self.secrets, "", self.clock)  # type: ignore[arg-type]
        store = ConnectionStore(cache, ConnectionSettings("", url), self.clock)
        self.client = TwilioClient(store, "default", Deadline.after(30, self.clock))

    def status(self) -> int:
        """The status of the answer to a request."""
        request = Request("GET", f"{self.client.connection.api_url}/x")
        return self.client.request(request, retry_by_proof(request, self.client.deadline)).status


def failures(capsys: pytest.CaptureFixture[str]) -> int:
    """How many authentication failures were counted."""
    if metrics.metric_set:
        metrics.flush_metrics()
    return sum(int(value) for name, _, value in emitted(capsys.readouterr().out) if name == "AuthenticationFailures")


@pytest.mark.parametrize(
    ("answers", "status", "failed"),
    [
        ([401, 200], 200, 0),
        ([401, 401], 401, 1),
        ([401, 403], 403, 1),
        ([401, 404], 404, 0),
        ([403], 403, 1),
    ],
)
def test_only_what_twilio_refuses_in_the_end_counts_as_a_failure(
    answers: list[int], status: int, failed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedServer(*map(reply, answers)) as server:
        assert Caller(server.url).status() == status
        assert len(server.requests) == len(answers)
    assert failures(capsys) == failed


def test_pending_credentials_in_use_are_logged_once_without_their_text() -> None:
    with ScriptedServer(reply(401), reply(), reply()) as server, log_lines() as lines:
        caller = Caller(server.url)
        assert [caller.status(), caller.status()] == [200, 200]
    [line] = [line for line in lines if "pending" in line]
    assert '"connection":"default"' in line
    assert "second" not in line


def test_no_version_is_read_that_there_is_no_time_to_use(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(reply(401)) as server:
        caller = Caller(server.url)
        caller.secrets.seconds = 40
        with pytest.raises(ServiceUnavailableError, match="no time left"):
            caller.status()
        assert len(server.requests) == 1
    assert caller.secrets.reads == {("default", "AWSCURRENT"): 2}
    assert failures(capsys) == 0
