"""Whom the functions trust over TLS: at AWS and at Twilio, by the variables that say so and without them."""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore import httpsession
from botocore.exceptions import SSLError
from urllib3.util.ssl_ import create_urllib3_context

from tests.support.certificates import Authority
from tests.support.scripted_server import ScriptedServer, reply
from tests.support.starts import LAMBDA, SETTINGS, forget, start
from tests.support.template import FUNCTIONS
from twilio_connector import trust
from twilio_connector.errors import TwilioUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.retries import retry_by_proof
from twilio_connector.twilio.transport import exchange

HOST = "127.0.0.1"
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ENTRY: Any = {"Source": "a", "DetailType": "b", "Detail": "{}"}


def ask_twilio(_: Any, url: str) -> object:
    request = Request("GET", f"{url}/x")
    return exchange(request, retry_by_proof(request, Deadline.after(20)))


Call = Callable[[Any, str], object]
SECRETS: Call = lambda aws, _: aws.secrets.get_secret_value(SecretId="a")  # noqa: E731
EVENTS: Call = lambda aws, _: aws.events.put_events(Entries=[ENTRY])  # noqa: E731
SQS: Call = lambda aws, url: aws.sqs.send_message(QueueUrl=f"{url}/1/q", MessageBody="a")  # noqa: E731
DYNAMODB: Call = lambda aws, _: aws.dynamodb.get_item(TableName="state", Key=KEY)  # noqa: E731

# Whom each function calls.
CALLS: Mapping[str, tuple[Call, ...]] = {
    "webhook": (SECRETS, EVENTS, SQS),
    "poll": (SECRETS, DYNAMODB, EVENTS, SQS, ask_twilio),
    "send_sms": (SECRETS, DYNAMODB, EVENTS, SQS, ask_twilio),
    "get_sms": (SECRETS, ask_twilio),
    "redeliver": (EVENTS, SQS),
    "reconcile": (SECRETS, DYNAMODB, EVENTS, SQS, ask_twilio),
    "list_messages": (SECRETS, ask_twilio),
    "select_message": (SECRETS, ask_twilio),
    "update_message": (SECRETS, ask_twilio),
    "raw_request": (SECRETS, DYNAMODB, ask_twilio),
}
FIRST = ("webhook", "send_sms")
LONG = pytest.mark.endurance
JOBS = [job if job in FIRST else pytest.param(job, marks=LONG) for job in CALLS]

# A server's certificate, from who is trusted and from a stranger; and whether it is to be taken.
CERTIFICATES: Mapping[str, Callable[[Authority, Authority], Any]] = {
    "right": lambda trusted, _: trusted.server(HOST),
    "of a stranger": lambda _, stranger: stranger.server(HOST),
    "of another host": lambda trusted, _: trusted.server("evil.example"),
    "expired": lambda trusted, _: trusted.server(HOST, until=datetime.now(UTC) - timedelta(days=1)),
}


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "trusted")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "stranger")


@pytest.fixture(autouse=True)
def _no_time_is_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    yield
    forget()


def says(trusted: Authority, how: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables by which *trusted* is trusted; or none, because botocore's own bundle holds it."""
    if how == "variables":
        return {"AWS_CA_BUNDLE": str(trusted.file), "SSL_CERT_FILE": str(trusted.file)}
    monkeypatch.setattr(httpsession, "where", lambda: str(trusted.file))
    return {}


def environment(server: ScriptedServer, **others: str) -> dict[str, str]:
    return LAMBDA | SETTINGS | {"AWS_ENDPOINT_URL": server.url} | others


def test_every_function_is_tried() -> None:
    assert CALLS.keys() == set(FUNCTIONS.values())


@pytest.mark.parametrize("how", ["variables", "botocore's own bundle"])
@pytest.mark.parametrize("certificate", CERTIFICATES)
@pytest.mark.parametrize("job", JOBS)
def test_only_whom_is_trusted_gets_a_request(
    job: str, certificate: str, how: str, trusted: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = CERTIFICATES[certificate](trusted, stranger)
    with ScriptedServer(reply(200), tls=context) as server:
        module = start(job, monkeypatch, environment(server, **says(trusted, how, monkeypatch)))
        for call in CALLS[job]:
            if certificate == "right":
                call(module.services.aws, server.url)
            else:
                with pytest.raises((SSLError, TwilioUnavailableError)):
                    call(module.services.aws, server.url)
        assert len(server.requests) == (len(CALLS[job]) if certificate == "right" else 0)


def test_the_two_variables_are_two_trusts(
    trusted: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"AWS_CA_BUNDLE": str(trusted.file), "SSL_CERT_FILE": str(stranger.file)}
    with (
        ScriptedServer(reply(200), tls=trusted.server(HOST)) as aws_s,
        ScriptedServer(reply(200), tls=stranger.server(HOST)) as twilio_s,
    ):
        aws = start("get_sms", monkeypatch, environment(aws_s, **variables)).services.aws
        SECRETS(aws, aws_s.url)
        ask_twilio(aws, twilio_s.url)
        with pytest.raises(TwilioUnavailableError):
            ask_twilio(aws, aws_s.url)
        aws = start("get_sms", monkeypatch, environment(twilio_s, **variables)).services.aws
        with pytest.raises(SSLError):
            SECRETS(aws, twilio_s.url)
        assert len(aws_s.requests) == len(twilio_s.requests) == 1


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_for_aws_takes_the_place_of_botocore_s_own(
    variable: str, trusted: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpsession, "where", lambda: str(stranger.file))
    with ScriptedServer(reply(200), tls=trusted.server(HOST)) as server:
        aws = start("webhook", monkeypatch, environment(server, **{variable: str(trusted.file)})).services.aws
        SECRETS(aws, server.url)
    with ScriptedServer(reply(200), tls=stranger.server(HOST)) as server:
        aws = start("webhook", monkeypatch, environment(server, **{variable: str(trusted.file)})).services.aws
        with pytest.raises(SSLError):
            SECRETS(aws, server.url)


@pytest.mark.parametrize(
    ("said", "takes_aws_s"),
    [(("AWS_CA_BUNDLE", "SSL_CERT_FILE"), True), (("AWS_CA_BUNDLE",), True), (("SSL_CERT_FILE",), True), ((), False)],
    ids=["both", "aws", "twilio", "none"],
)
def test_an_old_authority_of_the_owner_s_is_as_good_for_aws_as_to_botocore(
    said: tuple[str, ...], takes_aws_s: bool, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_of_python_3_13() -> ssl.SSLContext:
        context = create_urllib3_context()
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(trust, "create_urllib3_context", as_of_python_3_13)
    # The file that a variable names may be botocore's own.
    monkeypatch.setattr(httpsession, "where", lambda: str(trusted.file))
    with ScriptedServer(reply(200), tls=trusted.old_server("localhost")) as server:
        url = server.url.replace(HOST, "localhost")
        variables = dict.fromkeys(said, str(trusted.file)) | {"AWS_ENDPOINT_URL": url}
        aws = start("get_sms", monkeypatch, LAMBDA | SETTINGS | variables).services.aws
        if takes_aws_s:
            SECRETS(aws, url)
        else:
            with pytest.raises(SSLError):
                SECRETS(aws, url)
        with pytest.raises(TwilioUnavailableError):
            ask_twilio(aws, url)
        assert len(server.requests) == takes_aws_s


@pytest.mark.parametrize("certificate", ["old_server", "server"])
def test_twilio_is_known_by_its_alternative_names_alone(
    certificate: str, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpsession, "where", lambda: str(trusted.file))
    with ScriptedServer(reply(200), tls=getattr(trusted, certificate)("localhost")) as server:
        url = server.url.replace(HOST, "localhost")
        start("get_sms", monkeypatch)
        if certificate == "server":
            ask_twilio(None, url)
        else:
            with pytest.raises(TwilioUnavailableError):
                ask_twilio(None, url)
        assert len(server.requests) == (certificate == "server")


def test_one_bundle_is_read_once_for_all_connections(trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []
    load = ssl.SSLContext.load_verify_locations

    def counting(self: Any, *args: Any, **kwargs: Any) -> None:
        read.append((args, kwargs))
        load(self, *args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counting)
    monkeypatch.setattr(httpsession, "where", lambda: str(trusted.file))
    with ScriptedServer(reply(200), tls=trusted.server(HOST)) as server:
        aws = start("poll", monkeypatch, environment(server)).services.aws
        assert len(read) == 1
        for call in CALLS["poll"]:
            call(aws, server.url)
        for client in (aws.secrets, aws.dynamodb):
            client._endpoint.http_session.close()
        SECRETS(aws, server.url)
        assert server.connections > 1
    assert len(read) == 1


@pytest.mark.parametrize("hook", ["_manager", "_verify"])
def test_without_the_hook_botocore_s_own_way_works_and_trusts_nobody_else(
    hook: str, trusted: Authority, stranger: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared: list[object] = []
    share = trust.share

    class Hidden:
        """A session of another botocore: it does its work, and calls what it has otherwise."""

        def __init__(self, inner: Any) -> None:
            self.send, self.close = inner.send, inner.close
            for name in {"_manager", "_verify"} - {hook}:
                setattr(self, name, getattr(inner, name))

    def without_hook(client: Any) -> None:
        inner = client._endpoint.http_session
        client._endpoint.http_session = Hidden(inner)
        share(client)
        client._endpoint.http_session = inner
        shared.append(isinstance(inner._manager.connection_pool_kw["ssl_context"], trust._Preloaded))

    monkeypatch.setattr("twilio_connector.aws.share", without_hook)
    for authority, is_right in ((trusted, True), (stranger, False)):
        with ScriptedServer(reply(200), tls=authority.server(HOST)) as server:
            module = start("webhook", monkeypatch, environment(server, AWS_CA_BUNDLE=str(trusted.file)))
            if is_right:
                SECRETS(module.services.aws, server.url)
            else:
                with pytest.raises(SSLError):
                    SECRETS(module.services.aws, server.url)
            assert len(server.requests) == is_right
    assert shared
    assert not any(shared)


def test_without_botocore_s_way_to_make_a_context_twilio_is_reached_by_the_system_s(
    trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpsession, "where", lambda: str(trusted.file))
    monkeypatch.delattr(httpsession, "create_urllib3_context")
    context = trust.for_twilio()
    assert not isinstance(context, trust._Preloaded)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
