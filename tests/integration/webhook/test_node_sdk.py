"""Signatures against Twilio's SDK for Node, which judges by another implementation than the one for Python.

`twilio` 6.3.1 signs and validates by both algorithms: `getExpectedTwilioSignature`, `validateRequest` and
`validateRequestWithBody` take one as their last argument, and `getSignatureAlgorithm` reads it from the header.
"""

import json
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.webhook_signers import KEY_SECRET, Signer
from twilio_connector.webhook.signature import Algorithm, signature, verify

pytestmark = [
    pytest.mark.endurance,
    pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed"),
]

VERSION = "6.3.1"
CASES = 2_000
# JavaScript sorts names by UTF-16 units: beyond these planes its order is not that of Twilio's other SDKs.
CHARACTERS = "abcABC0189 '\"@:+%&=;?#/\\\r\n\té\u202e\uffff"
# Reads cases as JSON and writes, for each, what the SDK signs it with and what it says of the signature that it has.
SCRIPT = """
const twilio = require('twilio');
const cases = JSON.parse(require('fs').readFileSync(0));
console.log(JSON.stringify(cases.map(({secret, settings, url, form, body, signature}) => {
  const algorithm = twilio.getSignatureAlgorithm(settings);
  return {
    algorithm,
    signature: twilio.getExpectedTwilioSignature(secret, url, form, algorithm),
    valid: body === null
      ? twilio.validateRequest(secret, signature, url, form, algorithm)
      : twilio.validateRequestWithBody(secret, signature, url, body, algorithm),
  };
})));
"""


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the SDK is installed."""
    folder = tmp_path_factory.mktemp("node")
    install = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), f"twilio@{VERSION}"]
    subprocess.run(install, check=True, cwd=folder, capture_output=True, timeout=300)
    return folder


def judged(sdk: Path, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the SDK makes of *cases*, all in one process."""
    given = json.dumps(cases).encode()
    ended = subprocess.run(
        ["node", "-e", SCRIPT], cwd=sdk, input=given, stdout=subprocess.PIPE, check=True, timeout=300
    )
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    assert len(found) == len(cases)
    return found


def generated(algorithm: Algorithm, random: Random) -> dict[str, Any]:
    """A form, a GET or a document, signed by our own code."""

    def text(least: int = 0) -> str:
        return "".join(random.choices(CHARACTERS, k=random.randint(least, 12)))

    secret = "".join(random.choices("0123456789abcdefABCDEF+/=", k=32))
    kind = random.choice(["form", "get", "json"])
    url, form, body = f"https://sms.example.com/webhook/default?n={random.randint(0, 99)}", dict[str, Any](), None
    if kind == "form":
        for _ in range(random.randint(0, 6)):
            form[text(1)] = text() if random.random() < 0.8 else [text() for _ in range(3)]
    elif kind == "json":
        body = json.dumps({text(): text()})
        url += f"&bodySHA256={sha256(body.encode()).hexdigest()}"
    made = signature(secret, url, {name: [v] if isinstance(v, str) else v for name, v in form.items()}, algorithm)
    settings = Signer(secret, "webhooks_sharedkey_1", algorithm.name).settings
    return {"secret": secret, "settings": settings, "url": url, "form": form, "body": body, "signature": made}


@pytest.mark.parametrize("algorithm", Algorithm, ids=[each.name for each in Algorithm])
def test_the_sdk_accepts_what_we_sign_and_signs_what_we_accept(sdk: Path, algorithm: Algorithm) -> None:
    random = Random(algorithm.name)
    cases = [generated(algorithm, random) for _ in range(CASES)]
    for case, verdict in zip(cases, judged(sdk, cases), strict=True):
        assert verdict["valid"], case
        assert verdict["algorithm"] == algorithm.name
        fields = {name: [value] if isinstance(value, str) else value for name, value in case["form"].items()}
        body_hash = None if case["body"] is None else sha256(case["body"].encode()).hexdigest()
        theirs = verify([case["secret"]], verdict["signature"], [case["url"]], fields, body_hash, algorithm)
        assert theirs.cause is None, case


@pytest.mark.parametrize("algorithm", Algorithm, ids=[each.name for each in Algorithm])
def test_the_sdk_refuses_what_we_refuse(sdk: Path, algorithm: Algorithm) -> None:
    random = Random(f"other {algorithm.name}")
    cases = [generated(algorithm, random) for _ in range(CASES)]
    for case in cases:
        match random.choice(["secret", "url", "algorithm"]):
            case "secret":
                case["secret"] = KEY_SECRET
            case "url":
                case["url"] = case["url"].replace("?n=", "?m=")
            case _:
                [other] = set(Algorithm) - {algorithm}
                case["settings"] = case["settings"].replace(algorithm.name, other.name)
    for case, verdict in zip(cases, judged(sdk, cases), strict=True):
        assert not verdict["valid"], case
        fields = {name: [value] if isinstance(value, str) else value for name, value in case["form"].items()}
        body_hash = None if case["body"] is None else sha256(case["body"].encode()).hexdigest()
        named = Algorithm[verdict["algorithm"]]
        assert verify([case["secret"]], case["signature"], [case["url"]], fields, body_hash, named).cause, case
