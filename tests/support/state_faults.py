"""A client of DynamoDB, with moto behind it, that gives any answer at any place, and keeps tokens as AWS documents."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.support.fakes import FakeClock
from tests.support.partial_batches import carried_out_in_part
from tests.support.state_sites import Place, calling_place
from twilio_connector.state.budget import CALL_SECONDS
from twilio_connector.state.verdicts import CANCELED, PASSING_REASONS, VERDICTS, Verdict

MODEL = ServiceModel(Loader().load_service_model("dynamodb", "service-2"))
MODELLED = {shape.name for shape in MODEL.error_shapes}
URL = "https://dynamodb"
SECONDS = 0.01


@dataclass(frozen=True)
class Fault:
    """What a call meets. *error* is what is raised, *told* what the connector's error says about it.

    *takes_effect*: it was carried out all the same, and only the answer is lost. Without an *error*, a batch is left
    unprocessed, all of it or *half*.
    """

    name: str
    verdict: Verdict
    error: Callable[[], ClientError | BotoCoreError] | None
    told: str
    takes_effect: bool = False
    half: bool = False
    seconds: float = SECONDS

    def __str__(self) -> str:
        return f"{self.name}{'-done' if self.takes_effect else ''}"

    @property
    def is_repeated(self) -> bool:
        """Whether it passes."""
        return self.verdict in (Verdict.AGAIN, Verdict.LOST)


def faults_of(operation: str) -> list[Fault]:
    """All that a call of the *operation* may meet, by the name of the client's method."""
    # Of what only reads it is the same whether it was carried out.
    is_read = "get" in operation or operation == "query"
    return [fault for fault in _faults_of(operation) if not (is_read and fault.takes_effect)]


def _faults_of(operation: str) -> list[Fault]:
    (name,) = (each for each in MODEL.operation_names if each.lower() == operation.replace("_", ""))
    modelled = {shape.name for shape in MODEL.operation_model(name).error_shapes}
    found: list[Fault] = []
    for code, verdict in VERDICTS.items():
        if (code in modelled or code not in MODELLED) and verdict is not Verdict.CONDITION:
            status = 500 if verdict is Verdict.LOST and code != "TransactionInProgressException" else 400
            found += _answers(code, status, verdict)
    found += _answers("Bad Gateway", 502, Verdict.LOST)
    found += _answers("UnheardOfException", 400, Verdict.REFUSED)
    for error, verdict, seconds in (
        (partial(EndpointConnectionError, endpoint_url=URL), Verdict.AGAIN, SECONDS),
        (partial(ConnectTimeoutError, endpoint_url=URL), Verdict.AGAIN, CALL_SECONDS),
        (partial(ReadTimeoutError, endpoint_url=URL), Verdict.LOST, CALL_SECONDS),
        (partial(ConnectionClosedError, endpoint_url=URL), Verdict.LOST, SECONDS),
        (partial(NoCredentialsError), Verdict.REFUSED, SECONDS),
    ):
        kind = error.func.__name__
        found.append(Fault(kind, verdict, error, kind, seconds=seconds))
        if verdict is Verdict.LOST:
            found.append(Fault(kind, verdict, error, kind, takes_effect=True, seconds=seconds))
    if operation == "transact_write_items":
        mixed = sorted(PASSING_REASONS)
        found += [_canceled(Verdict.AGAIN, reason) for reason in mixed]
        found += [_canceled(Verdict.AGAIN, *mixed), _canceled(Verdict.AGAIN)]
        found += [_canceled(Verdict.REFUSED, "ValidationError"), _canceled(Verdict.REFUSED, *mixed, "Unheard")]
    if operation.startswith("batch"):
        found += [Fault(f"Unprocessed{half}", Verdict.AGAIN, None, "unprocessed", half=half) for half in (False, True)]
    return found


def _answers(code: str, status: int, verdict: Verdict) -> Iterator[Fault]:
    def error() -> ClientError:
        response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return ClientError(response, "AnyOperation")

    yield Fault(code, verdict, error, code)
    if verdict is Verdict.LOST:
        yield Fault(code, verdict, error, code, takes_effect=True)


def _canceled(verdict: Verdict, *reasons: str) -> Fault:
    def error() -> ClientError:
        codes = [{"Code": reason} for reason in ("None", *reasons)]
        response: Any = {
            "Error": {"Code": CANCELED},
            "CancellationReasons": codes,
            "ResponseMetadata": {"HTTPStatusCode": 400},
        }
        return ClientError(response, "TransactWriteItems")

    return Fault(f"{CANCELED}{list(reasons)}", verdict, error, ", ".join(sorted(reasons)) or CANCELED)


@dataclass
class Tokens:
    """What DynamoDB knows of transactions by their tokens: the items of those that were carried out.

    What it makes of the token of a canceled one is not documented: here that is a mistake, but where the answer to an
    earlier try was lost.
    """

    done: dict[str, Any] = field(default_factory=dict)
    canceled: set[str] = field(default_factory=set)


@dataclass
class FaultyTable:
    """The client of one invocation. At a place in *plan* as many calls as it says meet the fault.

    *calls* are the places of all calls, each with the method of the client; *met* counts the faults.
    """

    client: Any
    clock: FakeClock
    tokens: Tokens
    plan: dict[Place, tuple[Fault, float]] = field(default_factory=dict)
    calls: list[tuple[Place, str]] = field(default_factory=list)
    met: Counter[Place] = field(default_factory=Counter)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            place = calling_place()
            self.calls.append((place, operation))
            fault, left = self.plan.get(place, (None, 0))
            if fault is None or not left:
                self.clock.now += SECONDS
                return self._carry_out(operation, arguments)
            self.plan[place] = (fault, left - 1)
            self.met[place] += 1
            return self._meet(fault, operation, arguments)

        return call

    def _meet(self, fault: Fault, operation: str, arguments: dict[str, Any]) -> Any:
        self.clock.now += fault.seconds
        if fault.error is None:
            return self._leave_unprocessed(fault, operation, arguments)
        if fault.takes_effect:
            # If it cannot, because an earlier try did, that answer is lost, too.
            with suppress(ClientError):
                self._carry_out(operation, arguments)
        elif fault.verdict is Verdict.AGAIN:
            self.tokens.canceled |= {arguments["ClientRequestToken"]} if "ClientRequestToken" in arguments else set()
        raise fault.error()

    def _leave_unprocessed(self, fault: Fault, operation: str, arguments: dict[str, Any]) -> Any:
        def carry_out(**some: Any) -> Any:
            return self._carry_out(operation, some)

        return carried_out_in_part(
            operation, arguments["RequestItems"], lambda count: count // 2 if fault.half else 0, carry_out
        )

    def _carry_out(self, operation: str, arguments: dict[str, Any]) -> Any:
        token = arguments.get("ClientRequestToken")
        if token is None:
            return getattr(self.client, operation)(**arguments)
        assert token not in self.tokens.canceled
        if token in self.tokens.done:
            assert self.tokens.done[token] == arguments, "IdempotentParameterMismatchException"
            return {}
        answer = getattr(self.client, operation)(**arguments)
        self.tokens.done[token] = arguments
        return answer
