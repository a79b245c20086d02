"""What AWS's services have in common, as the clients of boto3: faults before and after a call takes effect."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, ReadTimeoutError

from tests.simulation.surroundings import DYNAMODB_SECONDS, Surroundings

URL = "https://aws"


def refusal(code: str, status: int, **more: Any) -> ClientError:
    """What a call raises that is answered by an error."""
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(response, "AnyOperation")


class Service:
    """One service: its calls meet faults, which are met before or after they take effect."""

    name = ""
    throttling = "ThrottlingException"

    def __init__(self, around: Surroundings) -> None:
        self.around = around

    def call(self, what: str, effect: Callable[[str], Any], kinds: Callable[[str], bool] = bool) -> Any:
        """Make a call, whose *effect* gets the fault that it meets."""
        around, began = self.around, self.around.now
        is_repeated = around.invocation.attempts > 1
        fault = around.begin(self.name, what, lambda fault: kinds(fault) and (is_repeated or fault != "doubled"))
        answer: Any = None
        if fault in ("", "partial", "unprocessed", "lost", "500 done", "doubled"):
            # Of a call that AWS's client repeats by itself, the answers before the last are lost.
            for _ in range(around.dice.randint(2, around.invocation.attempts) if fault == "doubled" else 1):
                try:
                    answer = effect(fault)
                except ClientError as exc:
                    answer = exc
        failure = self._failure(fault, what)
        if isinstance(failure, ReadTimeoutError):
            # Its client has waited since the call began, and waits for nothing on its way back.
            waits = DYNAMODB_SECONDS if self.name == "dynamodb" else around.invocation.hang
            around.scheduler.sleep(max(0.0, began + waits - around.now))
        if failure:
            on_its_way = not isinstance(failure, ReadTimeoutError)
            around.end(self.name, what, fault, type(failure).__name__, on_its_way=on_its_way)
            raise failure
        if isinstance(answer, ClientError):
            around.end(self.name, what, fault, answer.response["Error"]["Code"])
            raise answer
        around.end(self.name, what, fault)
        return answer

    def _failure(self, fault: str, what: str) -> ClientError | BotoCoreError | None:
        match fault:
            case "throttled":
                return refusal(self.throttling, 400)
            case "conflict" if "transact" in what:
                return refusal(
                    "TransactionCanceledException", 400, CancellationReasons=[{"Code": "TransactionConflict"}]
                )
            case "conflict":
                return refusal("TransactionConflictException", 400)
            case "500" | "500 done":
                return refusal("InternalServerError", 500)
            case "timeout" | "lost":
                return ReadTimeoutError(endpoint_url=URL)
            case "unreachable":
                return EndpointConnectionError(endpoint_url=URL)
        return None


class SecretsManager(Service):
    """The secret of the connection."""

    name = "secrets"

    def __init__(self, around: Surroundings, secrets: Mapping[str, str]) -> None:
        super().__init__(around)
        self._secrets = secrets

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""

        def effect(_: str) -> dict[str, Any]:
            if SecretId not in self._secrets or VersionStage != "AWSCURRENT":
                raise refusal("ResourceNotFoundException", 400)
            return {"SecretString": self._secrets[SecretId], "CreatedDate": datetime.fromtimestamp(0, UTC)}

        answer: dict[str, Any] = self.call(f"secrets.get_secret_value {SecretId} {VersionStage}", effect)
        return answer
