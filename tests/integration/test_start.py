"""What a function makes when its module is imported: all that its first event needs, by no I/O and without raising."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial, wraps
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import NoRegionError
from botocore.hooks import HierarchicalEmitter

from local.sam import PROJECT_ROOT
from tests.support.custom_bus import ARN
from tests.support.fakes import FakeContext
from tests.support.starts import LAMBDA, SETTINGS, forget, start, without_network
from tests.support.template import FUNCTIONS
from twilio_connector import preparation, rehearsal, trust
from twilio_connector.bus.custom_bus import CustomBusPublisher
from twilio_connector.invocation.observability import metrics
from twilio_connector.settings import SettingsError
from twilio_connector.twilio import transport

# The clients that a function's usual event takes.
CLIENTS = {
    "webhook": {"secrets", "events", "sqs"},
    "redeliver": {"events", "sqs"},
    "poll": {"secrets", "dynamodb", "events", "sqs"},
    "reconcile": {"secrets", "dynamodb", "events", "sqs"},
    "send_sms": {"secrets", "dynamodb", "events", "sqs"},
    "get_sms": {"secrets"},
    "list_messages": {"secrets"},
    "select_message": {"secrets"},
    "update_message": {"secrets"},
    "raw_request": {"secrets"},
}
# How many calls of AWS it rehearses.
REHEARSED = {"webhook": 2, "redeliver": 1, "poll": 5, "reconcile": 5, "send_sms": 3}
ALL_CLIENTS = {"secrets", "events", "sqs", "dynamodb", "custom_bus"}
WITHOUT_TWILIO = {"webhook", "redeliver"}

FULL = LAMBDA | SETTINGS
ON_CUSTOM_BUS = FULL | {"CUSTOM_EVENT_BUS_ARN": ARN}
PUBLISHERS = [job for job, clients in CLIENTS.items() if "events" in clients]
# What a process prints of the Custom Event Bus that it has loaded: modules, its model, and its client.
LOADED = """
import sys
from importlib import import_module
from twilio_connector import aws_session
services = [import_module(f"twilio_connector.handlers.{job}").services for job in sys.argv[1:]]
print(sorted(name for name in sys.modules if name.startswith("twilio_connector.bus.")))
print(aws_session._custom_bus.cache_info().currsize, {"custom_bus" in vars(each.aws) for each in services})
"""
NOT_AS_THEY_SHOULD_BE: Mapping[str, Mapping[str, str]] = {
    "nothing at all": {},
    "no settings": LAMBDA,
    "not in Lambda": {name: value for name, value in FULL.items() if "LAMBDA" not in name},
    "no credentials": {name: value for name, value in FULL.items() if "KEY" not in name},
    "no region": {name: value for name, value in FULL.items() if "REGION" not in name},
    "an impossible region": FULL | {"AWS_DEFAULT_REGION": "us east 1!"},
    "a region that nobody knows": FULL | {"AWS_DEFAULT_REGION": "xx-moon-1"},
    "settings that are no numbers": FULL | dict.fromkeys(("POLL_MAX_MESSAGES", "PREVIOUS_TOKEN_SECONDS"), "many"),
    "limits that are none": FULL | {"ALLOWED_COUNTRIES": "UK", "MAX_SENDS_PER_DAY": "few"},
    "a bundle that is not there": FULL | {"AWS_CA_BUNDLE": "/nowhere/at/all", "SSL_CERT_FILE": "/nowhere/at/all"},
    "a bundle that is none": FULL | {"AWS_CA_BUNDLE": str(PROJECT_ROOT / "LICENSE")},
    "a bundle without a name": FULL | {"AWS_CA_BUNDLE": " "},
    "a proxy": FULL | {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": ""},
    "an endpoint that is none": FULL | {"AWS_ENDPOINT_URL": "nonsense"},
}


@pytest.fixture(autouse=True)
def tried(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What was tried of the network."""
    yield without_network(monkeypatch)
    forget()


@pytest.mark.parametrize("job", FUNCTIONS.values())
def test_a_start_makes_what_the_first_event_needs(job: str, monkeypatch: pytest.MonkeyPatch, tried: list[str]) -> None:
    answered: list[object] = []

    def answer(*parts: Any) -> AWSResponse:
        answered.append(parts)
        return AWSResponse(*parts)

    monkeypatch.setattr(rehearsal, "AWSResponse", answer)
    # What goes wrong shows.
    monkeypatch.setattr(preparation, "suppress", lambda _: nullcontext())
    module = start(job, monkeypatch, FULL)
    assert len(answered) == REHEARSED.get(job, 1)
    assert vars(module.services.aws).keys() & ALL_CLIENTS == CLIENTS[job]
    made = [vars(module.services.aws)[name] for name in CLIENTS[job]]
    contexts = {client._endpoint.http_session._manager.connection_pool_kw["ssl_context"] for client in made}
    if job not in WITHOUT_TWILIO:
        contexts.add(transport.pool().connection_pool_kw["ssl_context"])
    (context,) = contexts
    assert isinstance(context, trust._Preloaded)
    assert context.cert_store_stats()["x509_ca"] > 100
    assert tried == []


@pytest.mark.parametrize(
    "job", ["webhook", *(pytest.param(job, marks=pytest.mark.endurance) for job in PUBLISHERS if job != "webhook")]
)
def test_on_a_custom_bus_the_first_event_finds_that_client_made_in_the_place_of_the_other(
    job: str, monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    monkeypatch.setattr(preparation, "suppress", lambda _: nullcontext())
    module = start(job, monkeypatch, ON_CUSTOM_BUS)
    made = vars(module.services.aws)
    assert made.keys() & ALL_CLIENTS == CLIENTS[job] - {"events"} | {"custom_bus"}
    (context,) = {
        made[name]._endpoint.http_session._manager.connection_pool_kw["ssl_context"] for name in ("custom_bus", "sqs")
    }
    assert isinstance(context, trust._Preloaded)
    assert isinstance(module.services.outbox.publisher, CustomBusPublisher)
    assert tried == []


@pytest.mark.parametrize(
    ("env", "loads"),
    [
        pytest.param(FULL, False, id="without"),
        pytest.param(ON_CUSTOM_BUS, True, id="with", marks=pytest.mark.endurance),
    ],
)
def test_nothing_of_the_custom_bus_is_loaded_without_one(env: Mapping[str, str], loads: bool) -> None:
    path = {"PYTHONPATH": str(PROJECT_ROOT / "layers" / "twilio_connector" / "python")}
    command = [sys.executable, "-c", LOADED, *PUBLISHERS]
    names, rest = subprocess.run(
        command, env={**env, **path}, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    ours = {f"twilio_connector.bus.{name}" for name in ("custom_bus", "groups", "turns")}
    assert ours & set(ast.literal_eval(names)) == (ours if loads else set())
    assert rest == ("1 {True}" if loads else "0 {False}")


@pytest.mark.parametrize("surroundings", NOT_AS_THEY_SHOULD_BE)
@pytest.mark.parametrize("job", FUNCTIONS.values())
def test_a_start_raises_nothing_says_nothing_and_reaches_nobody(
    job: str,
    surroundings: str,
    monkeypatch: pytest.MonkeyPatch,
    tried: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert callable(start(job, monkeypatch, NOT_AS_THEY_SHOULD_BE[surroundings]).handler)
    assert tried == []
    assert capfd.readouterr() == ("", "")
    assert not metrics.metric_set


@pytest.mark.parametrize(
    ("job", "seconds"), [("poll", 0.0001), ("reconcile", 0.0001), ("send_sms", 0.0001), ("get_sms", 0.005)]
)
def test_threads_that_read_beside_one_that_computes_wait_no_5_ms_for_it(
    job: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(job, monkeypatch, FULL)
    assert sys.getswitchinterval() == pytest.approx(seconds)


def test_what_is_wrong_is_told_by_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    module = start("poll", monkeypatch, LAMBDA)
    with pytest.raises(SettingsError, match="STATE_TABLE_NAME is not set"):
        module.handler({}, FakeContext())
    module = start("get_sms", monkeypatch, NOT_AS_THEY_SHOULD_BE["no region"])
    with pytest.raises(NoRegionError):
        _ = module.services.aws.secrets


@pytest.mark.parametrize("job", FUNCTIONS.values())
def test_a_rehearsal_leaves_nothing_behind(job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = start(job, monkeypatch, FULL)
    for name in CLIENTS[job]:
        client = vars(module.services.aws)[name]
        assert client._endpoint.http_session is not None
        emitter: Any = client.meta.events._emitter
        assert not [
            handler
            for handler in emitter._handlers.prefix_search(f"before-send.{name}.Any")
            if handler.__module__ == rehearsal.__name__
        ]
    assert not vars(module.services).get("secrets") or not module.services.secrets._found


@pytest.mark.parametrize("job", FUNCTIONS.values())
def test_without_the_event_that_answers_a_rehearsal_nothing_is_sent(
    job: str, monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    emit = HierarchicalEmitter.emit_until_response

    def without_it(self: Any, event_name: str, **kwargs: Any) -> Any:
        return (None, None) if event_name.startswith("before-send") else emit(self, event_name, **kwargs)

    monkeypatch.setattr(HierarchicalEmitter, "emit_until_response", without_it)
    module = start(job, monkeypatch, FULL)
    assert vars(module.services.aws).keys() & ALL_CLIENTS == CLIENTS[job]
    assert tried == []


class Watching:
    """Stands around a function as tracers' wrappers do: it looks like the one that is inside."""

    def __init__(self, inner: Any, seen: list[str]) -> None:
        self._inner, self._seen = inner, seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    # As wrapt's do: isinstance() takes it for a function.
    __class__ = property(lambda self: self._inner.__class__)

    def __get__(self, instance: Any, owner: Any) -> Any:
        return partial(self, instance) if instance else self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._seen.append(self._inner.__name__)
        return self._inner(*args, **kwargs)


def around(inner: Any, seen: list[str]) -> Any:
    """The same, by a function."""

    @wraps(inner)
    def watching(*args: Any, **kwargs: Any) -> Any:
        seen.append(inner.__name__)
        return inner(*args, **kwargs)

    return watching


@pytest.mark.parametrize("watch", [Watching, around])
@pytest.mark.parametrize(("cls", "name"), [(BaseClient, "_make_api_call"), (Endpoint, "make_request")])
def test_who_watches_what_clients_call_sees_no_call_of_a_start(
    cls: Any, name: str, watch: Any, monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(cls, name, watch(vars(cls)[name], seen))
    module = start("send_sms", monkeypatch, FULL)
    assert vars(module.services.aws).keys() & ALL_CLIENTS == CLIENTS["send_sms"]
    assert (seen, tried) == ([], [])
    with rehearsed_by_botocore(module.services.aws.secrets, monkeypatch) as secrets:
        secrets.get_secret_value(SecretId="a")
    assert seen == [name]


def rehearsed_by_botocore(client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A rehearsal that does not look for who watches."""
    monkeypatch.setattr(rehearsal, "_is_botocore_s", lambda _: True)
    return rehearsal.rehearsed(client)


def test_without_a_session_to_take_away_there_is_no_rehearsal(
    monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Endpoint, "make_request", lambda *args: asked.append(args))
    aws = start("webhook", monkeypatch, LAMBDA).services.aws
    client = aws.secrets
    asked.clear()
    monkeypatch.delattr(client._endpoint, "http_session")
    with pytest.raises(AttributeError), rehearsal.rehearsed(client) as rehearsing:
        rehearsing.get_secret_value(SecretId="a")
    assert (asked, tried) == ([], [])
