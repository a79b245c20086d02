"""The session leaves out what is for other services, and nothing that ours would meet."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.handlers import BUILTIN_HANDLERS
from botocore.loaders import Loader
from botocore.regions import EndpointResolver
from botocore.session import Session

from tests.support.aws_endpoints import FILE, cut_down, whole
from twilio_connector.aws import Aws
from twilio_connector.aws_session import SERVICES, ConnectorSession

# As botocore's events call them.
EVENT_NAMES = {
    "dynamodb": "dynamodb",
    "events": "eventbridge",
    "secretsmanager": "secrets-manager",
    "sqs": "sqs",
}
# One of each partition, one that the table does not list, and one that nobody has.
REGIONS = ("us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "xx-moon-1")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def resolved(table: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """What *table* says of our services, everywhere, with every variant."""
    resolver = EndpointResolver(table, uses_builtin_data=True)
    for partition in whole()["partitions"]:
        name = partition["partition"]
        yield name, resolver.get_partition_dns_suffix(name)
        for service in SERVICES:
            every = resolver.get_available_endpoints(service, name, allow_non_regional=True)
            yield service, name, sorted(every)
            for region in (*partition["regions"], *every, f"{next(iter(partition['regions']))[:-1]}9", "xx-moon-1"):
                for dual, fips in ((False, False), (True, False), (False, True), (True, True)):
                    yield service, region, dual, fips, told(resolver, service, region, name, dual, fips)


def told(resolver: EndpointResolver, service: str, region: str, partition: str, dual: bool, fips: bool) -> Any:
    """The endpoint, or how it is refused."""
    try:
        return resolver.construct_endpoint(service, region, partition, dual, fips)
    except Exception as exc:
        return type(exc)


def test_the_cut_down_table_says_of_our_services_what_the_whole_one_does() -> None:
    ours = ConnectorSession().get_component("data_loader").load_data("endpoints")
    mine, botocore_s = list(resolved(ours)), list(resolved(whole()))
    assert len(mine) > 1_000
    assert mine == botocore_s, "Make it anew: tests/support/aws_endpoints.py says how."


def test_the_cut_down_table_is_a_fortieth_of_the_whole_one() -> None:
    assert FILE.stat().st_size < 1_254_228 / 40
    assert set(cut_down(whole())["partitions"][0]["services"]) == set(SERVICES)


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_that_the_table_does_not_list_has_the_whole_one(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    loader = ConnectorSession().get_component("data_loader")
    (first, *_), path = (
        loader.load_data_with_path("endpoints")[0]["partitions"],
        loader.load_data_with_path("endpoints")[1],
    )
    assert ("s3" in first["services"]) == (region == "xx-moon-1")
    # Otherwise botocore takes it for somebody's own table, and the rules of endpoints out of use.
    assert loader.is_builtin_path(path)


@pytest.mark.parametrize("region", REGIONS)
def test_clients_go_where_those_of_botocore_s_own_session_go(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    aws, stock = Aws(), Session()
    for name, client in (("dynamodb", aws.dynamodb), ("events", aws.events), ("secretsmanager", aws.secrets)):
        theirs = stock.create_client(name)
        assert client.meta.endpoint_url == theirs.meta.endpoint_url
        assert client.meta.region_name == theirs.meta.region_name == region


def test_without_the_place_of_botocore_s_data_the_whole_table_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    loader = ConnectorSession().get_component("data_loader")
    monkeypatch.delattr(Loader, "BUILTIN_DATA_PATH")
    assert "s3" in loader.load_data("endpoints")["partitions"][0]["services"]


def handlers(session: Session, event: str) -> list[Any]:
    """Those that *event* is given to, in order."""
    emitter: Any = session.get_component("event_emitter")
    called: list[Any] = []
    inner = emitter._emitter
    found = inner._handlers.prefix_search(event)
    called.extend(getattr(each, "__qualname__", repr(each)) for each in found)
    return called


def test_no_handler_is_left_out_that_an_event_of_our_services_has() -> None:
    ours, stock = ConnectorSession(), Session()
    kinds = {name.partition(".")[0] for name, *_ in BUILTIN_HANDLERS} - {"docs"}
    assert {"before-call", "choose-signer", "request-created", "needs-retry"} <= kinds
    compared = [
        (event, handlers(ours, event), handlers(stock, event))
        for kind in sorted(kinds)
        for service in {*EVENT_NAMES.values(), *EVENT_NAMES}
        for event in (
            kind,
            f"{kind}.{service}",
            f"{kind}.{service}.AnyOperation",
            f"{kind}.{service}.AnyOperation.more",
        )
    ]
    assert [event for event, mine, theirs in compared if mine != theirs] == []
    assert any(mine for _, mine, _ in compared)


def test_most_of_the_handlers_are_left_out() -> None:
    session: Any = ConnectorSession()
    assert handlers(session, "before-sign.s3.GetObject") == []
    assert handlers(Session(), "before-sign.s3.GetObject") != []


def test_where_botocore_registers_its_handlers_otherwise_they_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def otherwise(self: Any, events: Any) -> None:
        for name, handler, *_ in BUILTIN_HANDLERS:
            events.register(name, handler)

    monkeypatch.setattr(Session, "_register_builtin_handlers", otherwise)
    assert handlers(ConnectorSession(), "before-sign.s3.GetObject") != []
    assert Aws().secrets.meta.region_name == "us-east-1"
