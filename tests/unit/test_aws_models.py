"""The judge of calls to AWS refuses what AWS would, and no stand-in for a client goes without it."""

import ast
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support import aws_models

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
KEYS = {"Keys": [KEY]}
ENTRY = {"Source": "twilio.connector", "DetailType": "Connector Probe", "Detail": "{}", "EventBusName": "bus"}

# Service, operation and parameters, and what is wrong with them.
REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "missing": ("dynamodb", "get_item", {"TableName": "state"}, "Missing required parameter"),
    "unknown": ("dynamodb", "get_item", {"TableName": "state", "Key": KEY, "Sort": 1}, "Unknown parameter"),
    "type": ("dynamodb", "get_item", {"TableName": "state", "Key": {"pk": {"S": 1}}}, "Invalid type"),
    "too small": ("secretsmanager", "get_secret_value", {"SecretId": ""}, "valid min length"),
    "too long": ("secretsmanager", "get_secret_value", {"SecretId": "a" * 2049}, "SecretId is 2049, more than 2048"),
    "too many": ("dynamodb", "transact_write_items", {"TransactItems": [{}] * 101}, "TransactItems is 101"),
    "many in a map": (
        "dynamodb",
        "batch_get_item",
        {"RequestItems": {f"t{n}": {"Keys": [KEY]} for n in range(101)}},
        "101",
    ),
    "enumeration": ("dynamodb", "put_item", {"TableName": "t", "Item": KEY, "ReturnValues": "SOME"}, "is none of"),
    "nested": ("dynamodb", "batch_get_item", {"RequestItems": {"state": {"Keys": [KEY] * 101}}}, "Keys is 101"),
    "pattern": ("events", "put_rule", {"Name": "a rule"}, "does not match"),
    "number": ("lambda", "list_event_source_mappings", {"MaxItems": 10_001}, "MaxItems is 10001, more than 10000"),
    "bytes": ("kms", "decrypt", {"CiphertextBlob": b"x" * 6145}, "CiphertextBlob is 6145, more than 6144"),
    "nothing taken": ("sns", "get_sms_sandbox_account_status", {"A": 1}, "Unknown parameter"),
}


@pytest.fixture(autouse=True)
def _objections_are_expected() -> Any:
    yield
    aws_models.objections.clear()


@pytest.mark.parametrize("name", REFUSED)
def test_what_aws_refuses_is_refused(name: str) -> None:
    service, method, parameters, reason = REFUSED[name]
    (error,) = aws_models.errors_of(aws_models.operations(service)[method], parameters)
    assert reason in error


@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        ("dynamodb", "put_item", {"TableName": "state", "Item": {**KEY, "n": {"N": "1"}}, "ReturnValues": "NONE"}),
        ("events", "put_events", {"Entries": [ENTRY]}),
        ("sqs", "send_message", {"QueueUrl": "https://sqs/1/q", "MessageBody": "x"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "a/b", "VersionStage": "AWSCURRENT"}),
    ],
)
def test_what_aws_takes_is_taken(service: str, method: str, parameters: dict[str, Any]) -> None:
    assert aws_models.errors_of(aws_models.operations(service)[method], parameters) == []


@pytest.fixture
def bus() -> Any:
    """A stand-in of its own, of which nothing has been judged yet."""

    @aws_models.judged("events")
    class Bus:
        def put_events(self, *, Entries: Any) -> str:  # noqa: N803  (boto3's name)
            """As the client of boto3."""
            return f"took {len(Entries)}"

    return Bus()


def test_a_stand_in_refuses_it_too(bus: Any) -> None:
    assert bus.put_events(Entries=[ENTRY]) == "took 1"
    with pytest.raises(AssertionError, match="Missing required parameter"):
        bus.put_events(Entry=[ENTRY])
    with pytest.raises(AssertionError, match="EventBusName does not match"):
        bus.put_events(Entries=[{**ENTRY, "EventBusName": "b us"}])
    assert len(aws_models.objections) == 2


def test_of_a_form_the_first_hundred_calls_are_judged(bus: Any) -> None:
    for _ in range(aws_models.OF_A_FORM - 1):
        bus.put_events(Entries=[ENTRY])
    with pytest.raises(AssertionError):
        bus.put_events(Entries=[{}] * 11)


def test_every_stand_in_for_a_client_is_judged() -> None:
    files = [path for path in (PROJECT_ROOT / "tests").rglob("*.py") if path.name != "test_aws_models.py"]
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text())))
    clients = {node.name: node for node in nodes if isinstance(node, ast.ClassDef) and stands_in(node)}
    assert {"FakeBus", "FakeLambda", "MemoryDynamoDB"} <= clients.keys()
    # A subclass calls the judged method of its base.
    unjudged = {name for name, each in clients.items() if not each.bases and not is_judged(each)}
    assert unjudged == set()


def stands_in(cls: ast.ClassDef) -> bool:
    methods = (node for node in cls.body if isinstance(node, ast.FunctionDef))
    return any((ast.get_docstring(method) or "").startswith("As the client of boto3") for method in methods)


def is_judged(cls: ast.ClassDef) -> bool:
    return any(ast.unparse(decorator).startswith("judged(") for decorator in cls.decorator_list)
