"""A Custom Event Bus, which no emulator has: made of botocore's own model, by its serializer and its parser.

It answers requests as they come over HTTP. Who calls it gets what AWS documents: one answer an entry, repeats of the
last five minutes suppressed in each group, and the order in which it has taken the events of a group.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-ordering.html
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from tests.support.aws_models import errors_of, service_model
from tests.support.simulated_network import Answer, Request

SERVICE, PROTOCOL = "eventbridgev2", "smithy-rpc-v2-cbor"
ARN = "arn:aws:events:us-east-1:123456789012:event-busv2/twilio/abcdefghijklmnopqrstuvwxy"
HOST = "123456789012.eventsv2.us-east-1.amazonaws.com"
TARGET = "/service/AWSEventsV2/operation/PutEvents"
MAX_REQUEST = 1024 * 1024
WINDOW_SECONDS = 300.0
CBOR = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


@dataclass(frozen=True)
class Taken:
    """An event that the bus has taken, and *when*; *sequence* counts all of them."""

    sequence: int
    when: float
    group: str
    identity: str
    detail_type: str
    detail: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Fault:
    """What a request meets: an *error* of the model's for all of it, or for the entries *failing* a *code* each.

    Its answer may be *lost*, carried out or not, or be the *body* of somebody else.
    """

    error: str = ""
    failing: frozenset[int] = frozenset()
    code: str = "InternalException"
    lost: bool = False
    done: bool = True
    body: bytes | None = None
    status: int = 200


class RefusedError(Exception):
    """An error of the model's."""


@dataclass
class CustomBus:
    """The bus, with what it has *taken* and how many entries it has *suppressed*; *meets* is for the next requests.

    *requests* are the entries of each, and *overlaps* the groups that were in two requests at once. While it is *away*
    every request meets that. What it takes it has *deliver* hand on.
    """

    clock: Callable[[], float] = lambda: 0.0
    taken: list[Taken] = field(default_factory=list)
    suppressed: int = 0
    meets: list[Fault | None] = field(default_factory=list)
    away: Fault | None = None
    requests: list[list[Mapping[str, Any]]] = field(default_factory=list)
    overlaps: set[str] = field(default_factory=set)
    pause: Callable[[], object] = lambda: None
    deliver: Callable[[Mapping[str, Any]], object] = lambda _: None
    _under_way: list[str] = field(default_factory=list)
    _seen: dict[tuple[str, str], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Answer:
        """The answer to *request*. Raises what botocore raises where none comes."""
        given = given_to(request)
        groups = {entry["SystemMetadata"]["EventGroupId"] for entry in given["Entries"]}
        with self._lock:
            self.overlaps |= groups & set(self._under_way)
            self._under_way += groups
            fault = self.away or (self.meets.pop(0) if self.meets else None)
        try:
            self.pause()
            return self._answer(request, given, fault)
        finally:
            with self._lock:
                for group in groups:
                    self._under_way.remove(group)

    def failing_last(self, request: Request) -> Answer:
        """The answer to *request* where it does not take the last entry."""
        self.meets.insert(0, Fault(failing=frozenset({len(given_to(request)["Entries"]) - 1})))
        return self(request)

    def put(self, given: Mapping[str, Any], fault: Fault | None = None) -> dict[str, Any]:
        """Take the entries of a valid request; returns the answer's contents. Raises :class:`RefusedError`."""
        if fault and fault.error:
            raise RefusedError(fault.error)
        with self._lock:
            self.requests.append(given["Entries"])
            failing = fault.failing if fault else frozenset()
            entries = [
                {"ErrorCode": fault.code, "ErrorMessage": "failed"}
                if fault and number in failing
                else self._take(entry)
                for number, entry in enumerate(given["Entries"])
            ]
        return {"FailedEntryCount": len(failing & set(range(len(entries)))), "Entries": entries}

    def groups(self) -> dict[str, list[Taken]]:
        """What it has taken by groups: the order in which a FIFO subscriber gets it."""
        found: dict[str, list[Taken]] = {}
        for each in self.taken:
            found.setdefault(each.group, []).append(each)
        return found

    def _answer(self, request: Request, given: Mapping[str, Any], fault: Fault | None) -> Answer:
        try:
            if len(request.body) > MAX_REQUEST or errors_of(operation(), given):
                raise RefusedError("InvalidInputException")
            if not (fault and not fault.done):
                body = self.put(given, fault)
        except RefusedError as exc:
            return error(str(exc))
        if fault and fault.lost:
            raise ReadTimeoutError(endpoint_url=HOST)
        if fault and fault.body is not None:
            return Answer(fault.status, CBOR if fault.status < 300 else {"Content-Type": "text/html"}, fault.body)
        return Answer(200, CBOR, encoded(body, operation().output_shape))

    def _take(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is no JSON"}
        told = entry["SystemMetadata"]
        key, now = (told["EventGroupId"], told["DeduplicationId"]), self.clock()
        if now - self._seen.get(key, float("-inf")) <= WINDOW_SECONDS:
            self.suppressed += 1
            return {"EventId": "repeat", "SuccessCode": "DEDUPLICATED"}
        self._seen[key] = now
        taken = Taken(len(self.taken), now, *key, entry["DetailType"], detail)
        self.taken.append(taken)
        self.deliver(entry)
        return {"EventId": f"e{taken.sequence}", "SequenceNumber": str(taken.sequence), "SuccessCode": "PUBLISHED"}


@cache
def operation() -> OperationModel:
    """PutEvents, as the installed botocore knows it."""
    return service_model(SERVICE).operation_model("PutEvents")


def given_to(request: Request) -> dict[str, Any]:
    """What *request* gives to PutEvents. Fails for one that is not as the protocol and the service want it."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert (request.method, request.target) == ("POST", TARGET)
    assert headers["smithy-protocol"] == "rpc-v2-cbor"
    assert headers["content-type"] == "application/cbor"
    assert "/events/aws4_request" in headers["authorization"]
    parser = create_parser(PROTOCOL)
    shape: Any = operation().input_shape
    given: dict[str, Any] = parser.parse({"headers": {}, "body": request.body, "status_code": 200}, shape)
    del given["ResponseMetadata"]
    return given


def encoded(body: Any, shape: Any) -> bytes:
    """*body* in CBOR, as the service writes it."""
    data = bytearray()
    serializer: Any = create_serializer(PROTOCOL, include_validation=False)
    serializer._serialize_data_item(data, body, shape)
    return bytes(data)


def error(code: str) -> Answer:
    """An error of the model's, with its status."""
    shape = service_model(SERVICE).shape_for(code)
    text = encoded({"Message": "refused"}, shape)
    assert text[:1] == b"\xa1", "a map of one member"
    named = b"\xa2" + b"\x66__type" + _text(f"com.amazonaws.eventbridgev2#{code}") + text[1:]
    return Answer(shape.metadata["error"]["httpStatusCode"], CBOR, named)


def errors() -> list[str]:
    """Those that PutEvents may answer with."""
    return [shape.name for shape in operation().error_shapes]


@contextmanager
def served(client: BaseClient, bus: CustomBus) -> Iterator[None]:
    """Let *bus* answer what *client* sends."""

    def respond(request: Any, **_: Any) -> AWSResponse:
        target = request.url.partition("://")[2].partition("/")[2]
        assert HOST in request.url
        body = request.body if isinstance(request.body, bytes) else bytes(request.body)
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        answer = bus(Request(request.method, f"/{target}", headers, body))
        return AWSResponse(request.url, answer.status, HTTPHeaders.from_dict(answer.headers), _Raw(answer.body))

    events: Any = client.meta.events
    # Before others that answer in the place of AWS.
    events.register_first("before-send", respond)
    try:
        yield
    finally:
        events.unregister("before-send", respond)


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body


def _text(text: str) -> bytes:
    return encoded(text, service_model(SERVICE).shape_for("String"))
