"""The function of examples/one-time-code: which code is good, for how long and how often, and what others may learn."""

import hashlib
import io
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from local.schemas import validate_document
from tests.support.aws_models import judged
from tests.support.example_table import MemoryTable
from tests.support.examples import MESSAGE

SOURCE = (PROJECT_ROOT / "examples" / "one-time-code" / "src" / "one_time_code.py").read_text()
PHONE, OTHER = "+15551234567", "+15550009999"
ENVIRONMENT = {
    "TABLE": "t",
    "SEND_SMS_FUNCTION": "send",
    "SENDER": "+15558675309",
    "CODE_MINUTES": "5",
    "MAX_ATTEMPTS": "3",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@judged("lambda")
class Codes:
    """The function with a table in memory, and the connector's send_sms, which fails with *error* where it is set."""

    def __init__(self) -> None:
        self.module: dict[str, Any] = {"__name__": "one_time_code"}
        exec(compile(SOURCE, "one_time_code.py", "exec"), self.module)
        self.now, self.error = 1_773_585_130, ""
        self.sent: list[dict[str, Any]] = []
        self.table = MemoryTable()
        clock = SimpleNamespace(time=lambda: float(self.now))
        self.module |= {"dynamodb": self.table, "functions": self, "time": clock}

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        given = json.loads(Payload)
        validate_document("inputs/send-sms", given)
        if self.error:
            failed = json.dumps({"errorType": self.error, "errorMessage": f"something about {given['to']}"})
            return {"FunctionError": "Unhandled", "Payload": io.StringIO(failed)}
        self.sent.append(given)
        return {"Payload": io.StringIO(json.dumps({"data": MESSAGE}))}

    def start(self, phone: str = PHONE) -> str:
        """The code that is sent."""
        assert self.call("start", phone) == {"sent": True}
        (code,) = re.findall(r"^(\d{6}) ", self.sent[-1]["message"])
        return str(code)

    def call(self, action: str, phone: Any = PHONE, **more: Any) -> dict[str, Any]:
        """The function's answer."""
        answer: dict[str, Any] = self.module["handler"]({"action": action, "phone": phone, **more}, None)
        return answer

    def is_good(self, code: str, phone: str = PHONE) -> bool:
        """Whether the function says so."""
        return bool(self.call("check", phone, code=code)["verified"])


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Codes:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # What the hash costs is looked at below.
    monkeypatch.setattr(hashlib, "scrypt", lambda code, *, salt, **_: hashlib.sha256(salt + code).digest())
    return Codes()


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_code_is_good_once_and_for_its_number_alone(codes: Codes) -> None:
    code = codes.start()
    assert not codes.is_good(code, OTHER)
    assert codes.is_good(f" {code[:3]} {code[3:]} ")
    assert not codes.is_good(code)


def test_a_wrong_code_is_wrong_and_the_right_one_still_good(codes: Codes) -> None:
    code = codes.start()
    assert not codes.is_good(another(code))
    assert codes.is_good(code)


def test_after_its_attempts_the_right_code_is_good_for_nothing(codes: Codes) -> None:
    code = codes.start()
    assert [codes.is_good(another(code)) for _ in range(3)] == [False] * 3
    assert not codes.is_good(code)


def test_attempts_at_once_are_no_more_than_allowed(codes: Codes) -> None:
    code = codes.start()
    tried: list[bytes] = []
    digest = codes.module["digest"]

    def noted(given: str, salt: bytes) -> bytes:
        tried.append(salt)
        return bytes(digest(given, salt))

    codes.module["digest"] = noted
    with ThreadPoolExecutor(8) as threads:
        assert not any(threads.map(codes.is_good, [another(code)] * 40))
    assert sum(bool(salt) for salt in tried) == 3


@pytest.mark.parametrize(("seconds", "good"), [(299, True), (300, False), (10_000, False)])
def test_a_code_is_good_for_its_minutes_whether_or_not_the_table_has_forgotten_it(
    codes: Codes, seconds: int, good: bool
) -> None:
    code = codes.start()
    codes.now += seconds
    assert codes.is_good(code) is good


def test_a_new_code_takes_the_place_of_the_old_one(codes: Codes) -> None:
    old, new = codes.start(), codes.start()
    assert old == new or not codes.is_good(old)
    assert codes.is_good(new)


@pytest.mark.parametrize("error", ["SendLimitError", "RecipientNotAllowedError", "TwilioOptedOutError"])
def test_what_the_connector_refuses_changes_nothing_and_gains_no_attempts(codes: Codes, error: str) -> None:
    code = codes.start()
    assert [codes.is_good(another(code)) for _ in range(2)] == [False] * 2
    before = dict(codes.table.items)
    codes.error = error
    assert codes.call("start") == {"sent": False, "reason": error}
    assert codes.table.items == before
    assert codes.is_good(code)


def test_a_code_of_which_nobody_knows_whether_it_was_sent_is_good(
    codes: Codes, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes.error = "OutcomeUnknownError"
    monkeypatch.setattr(codes.module["secrets"], "randbelow", lambda most: 42)
    assert codes.call("start") == {"sent": False, "reason": "OutcomeUnknownError"}
    assert codes.is_good("000042")


@pytest.mark.parametrize("error", ["TwilioThrottledError", "ConnectionConfigError", "UnexpectedError"])
def test_what_is_to_be_mended_or_repeated_is_an_error_and_no_answer(codes: Codes, error: str) -> None:
    codes.error = error
    with pytest.raises(codes.module["NotSentError"], match=f"^{error}$"):
        codes.call("start")
    assert codes.table.items == {}


@pytest.mark.parametrize("code", ["", "12345", "1234567", "٣٣٣٣٣٣", "12345\n", "a" * 10_000, "000000\0", "{}"])
def test_what_is_no_code_costs_no_attempt(codes: Codes, code: str) -> None:
    codes.start()
    before = dict(codes.table.items)
    assert not codes.is_good(code)
    assert codes.table.items == before


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        {"action": "start"},
        *({"action": "start", "phone": phone} for phone in (1, "", "5551234567", "+1555", f"{PHONE} ", f"{PHONE}\n")),
        {"action": "start", "phone": PHONE, "code": "123456"},
        {"action": "check", "phone": PHONE},
        {"action": "check", "phone": PHONE, "code": 123456},
        {"action": "delete", "phone": PHONE},
    ],
    ids=str,
)
def test_a_request_that_is_none_is_refused_without_a_word_of_it(codes: Codes, given: Any) -> None:
    with pytest.raises(codes.module["InvalidRequestError"], match=r"^(phone|action) must be") as refused:
        codes.module["handler"](given, None)
    assert "123456" not in str(refused.value).replace("+15551234567", "")
    assert (codes.sent, codes.table.items) == ([], {})


def test_a_text_names_the_minutes_and_is_held_back_no_longer_under_a_key_of_its_own(codes: Codes) -> None:
    for _ in range(20):
        codes.start()
    assert {text["validityPeriod"] for text in codes.sent} == {300}
    assert all("5 minutes" in text["message"] for text in codes.sent)
    assert len({text["idempotencyKey"] for text in codes.sent}) == 20
    drawn = Counter(text["message"][:6] for text in codes.sent)
    assert len(drawn) > 15


def test_neither_log_nor_table_holds_a_number_or_a_code(codes: Codes, capsys: pytest.CaptureFixture[str]) -> None:
    code = codes.start()
    codes.is_good(another(code))
    codes.error = "SendLimitError"
    codes.call("start")
    told = capsys.readouterr().out
    assert told.splitlines() == [f"A code was sent: {MESSAGE['sid']}", "No code was sent: SendLimitError"]
    (item,) = codes.table.items.values()
    # In hexadecimal: random bytes may look like the beginning of a number.
    kept = " ".join(
        each.hex() if isinstance(each, bytes) else each for value in item.values() for each in value.values()
    )
    assert not re.search(rf"\+\d|{code}", told.replace(MESSAGE["sid"], "") + kept)


def test_a_check_works_as_hard_without_a_code_as_with_one(codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def noted(code: bytes, **costs: Any) -> bytes:
        asked.append(costs)
        return b"x" * 64

    monkeypatch.setattr(hashlib, "scrypt", noted)
    codes.call("check", OTHER, code="123456")
    codes.start()
    codes.call("check", PHONE, code="123456")
    without, _, compared = [{name: cost for name, cost in each.items() if name != "salt"} for each in asked]
    # https://docs.python.org/3/library/hashlib.html#hashlib.scrypt: 16 MiB, which also bounds what runs at once.
    assert without == compared == {"n": 2**14, "r": 8, "p": 1}


def test_codes_are_compared_in_constant_time_and_drawn_by_the_system() -> None:
    assert "hmac.compare_digest(" in SOURCE
    assert "secrets.randbelow(" in SOURCE
    assert "import random" not in SOURCE
