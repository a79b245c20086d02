"""The function of examples/inbound-media, in a process of its own: which files get into the bucket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.sam import PROJECT_ROOT
from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.clients import call
from local.twilio_sandbox.webhook_params import inbound_params
from tests.support import message_statuses
from tests.support.aws_stand_in import AwsStandIn
from tests.support.template import load_template

EXAMPLE = PROJECT_ROOT / "examples" / "inbound-media"
TEMPLATE = load_template(EXAMPLE / "template.yaml")
SOURCE = (EXAMPLE / "src" / "inbound_media.py").read_text()
LIMIT: int = TEMPLATE["Parameters"]["MaxMediaBytes"]["Default"]
MEBIBYTE = 1024 * 1024
SMALL = ("image/png", b"a picture")
LARGE = ("video/mp4", os.urandom(MEBIBYTE) * 16)
HUGE = ("video/mp4", bytes(LIMIT + 1))


@dataclass
class RawRequests:
    """The connector's raw_request function: it asks the sandbox, and returns redirects as results."""

    twilio: TwilioSandbox
    addresses: list[str] = field(default_factory=list)
    failing: bool = False

    def __call__(self, given: Any) -> tuple[Any, bool]:
        assert given.keys() == {"connection", "url"}
        if self.failing:
            return {"errorType": "TwilioUnavailableError", "errorMessage": "…"}, True
        answer = call(self.twilio, "GET", urlsplit(given["url"]).path)
        self.addresses.append(answer.headers["Location"])
        return {"data": None, "status": answer.status, "headers": {"location": self.addresses[-1]}}, False


@pytest.fixture
def raw(twilio: TwilioSandbox) -> RawRequests:
    return RawRequests(twilio)


@pytest.fixture
def aws(raw: RawRequests) -> Iterator[AwsStandIn]:
    with AwsStandIn(raw) as stand_in:
        yield stand_in


def event(twilio: TwilioSandbox, *media: tuple[str, bytes]) -> dict[str, Any]:
    """The event of a message that has come in with these files."""
    twilio.receive(from_="+15551234567", to="+15558675309", media=media)
    parameters = inbound_params(twilio.messages[-1])
    return message_statuses.inbound(parameters["MessageSid"], message_statuses.instant(0), **parameters)


def run(aws: AwsStandIn, *events: dict[str, Any], limit: int = LIMIT) -> list[dict[str, Any]]:
    """The results of invocations one after the other in one process, which print nothing else."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(PROJECT_ROOT), str(PROJECT_ROOT / "kit" / "python")]),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_EC2_METADATA_DISABLED": "true",
        "BUCKET": "media",
        "RAW_REQUEST_FUNCTION": "raw",
        "MAX_MEDIA_BYTES": str(limit),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.inline_function"],
        input=json.dumps({"source": SOURCE, "events": events}),
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert ended.stderr == ""
    assert ended.stdout.count("\n") == 1
    outcomes: list[dict[str, Any]] = json.loads(ended.stdout)
    return outcomes


def saved(aws: AwsStandIn) -> dict[str, tuple[str, str]]:
    """By name, the type and the hash of what is in the bucket."""
    return {name: (stored.content_type, stored.digest.hexdigest()) for name, stored in aws.objects.items()}


def kept(twilio: TwilioSandbox, *extensions: str) -> dict[str, tuple[str, str]]:
    """The same, of the youngest message as it has to be."""
    message = twilio.messages[-1]
    return {
        f"media/{message.sid}/{file.sid}{extension}": (file.content_type, sha256(file.content).hexdigest())
        for file, extension in zip(message.media, extensions, strict=True)
    }


def test_every_file_of_a_message_is_saved_with_its_type_and_extension(twilio: TwilioSandbox, aws: AwsStandIn) -> None:
    files = [SMALL, LARGE, ("text/vcard", b"BEGIN:VCARD"), ("application/x-a.b/../c", b"?"), ("image/jpeg", b"")]

    [outcome] = run(aws, event(twilio, *files))

    assert outcome["error"] is None
    assert saved(aws) == kept(twilio, ".png", ".mp4", ".vcf", ".xabc", ".jpg")


def test_files_are_fetched_where_they_are_without_credentials(twilio: TwilioSandbox, aws: AwsStandIn) -> None:
    run(aws, event(twilio, SMALL, SMALL))

    asked = [(request.path.split("/")[1], request.auth_user) for request in twilio.requests]
    assert asked == [("2010-04-01", twilio.account_sid), ("_media", None)] * 2


def test_memory_does_not_grow_with_the_file(twilio: TwilioSandbox, aws: AwsStandIn) -> None:
    # The first one pays for what is loaded once.
    events = [event(twilio, LARGE), event(twilio, LARGE), event(twilio, ("video/mp4", bytes(48 * MEBIBYTE)))]

    _, large, larger = run(aws, *events, limit=64 * MEBIBYTE)

    assert large["error"] is larger["error"] is None
    assert sum(next(iter(aws.objects.values())).parts) == 16 * MEBIBYTE
    # One part of 5 MiB, and what carries it.
    assert max(large["peak"], larger["peak"]) < 8 * MEBIBYTE


def test_an_event_that_comes_twice_saves_nothing_twice(twilio: TwilioSandbox, aws: AwsStandIn) -> None:
    twice = [event(twilio, SMALL, LARGE)] * 2

    assert [outcome["error"] for outcome in run(aws, *twice)] == [None, None]
    assert len(aws.uploads) == 4
    assert saved(aws) == kept(twilio, ".png", ".mp4")


def test_a_file_beyond_the_limit_is_not_saved_and_its_neighbours_are(
    twilio: TwilioSandbox, aws: AwsStandIn, raw: RawRequests
) -> None:
    [outcome] = run(aws, event(twilio, SMALL, HUGE, LARGE))

    sid = twilio.messages[-1].sid
    assert outcome["error"] == f"NotSavedError: {sid}: file 1: the file is larger than MaxMediaBytes"
    small, _, large = kept(twilio, ".png", ".mp4", ".mp4")
    assert aws.objects.keys() == {small, large}
    assert len(raw.addresses) == 3


@pytest.mark.parametrize("twilio", [{"media_seconds": 0}], indirect=True)
def test_an_address_that_has_gone_stale_is_a_failure(twilio: TwilioSandbox, aws: AwsStandIn) -> None:
    [outcome] = run(aws, event(twilio, SMALL))

    assert outcome["error"].endswith("file 0: the file was answered with 403")
    assert aws.uploads == []


def test_what_the_connector_cannot_ask_is_told_by_its_error(
    twilio: TwilioSandbox, aws: AwsStandIn, raw: RawRequests
) -> None:
    raw.failing = True

    [outcome] = run(aws, event(twilio, SMALL))

    assert outcome["error"].endswith("file 0: TwilioUnavailableError")


def test_no_failure_tells_the_address(twilio: TwilioSandbox, aws: AwsStandIn, raw: RawRequests) -> None:
    given = event(twilio, SMALL)
    # Nobody listens there: the text of the client's error would hold all of it.
    aws.function = lambda _: ({"status": 307, "headers": {"location": "http://127.0.0.1:9/file?Signature=abc"}}, False)

    [outcome] = run(aws, given)

    assert outcome["error"].startswith(f"NotSavedError: {twilio.messages[-1].sid}: file 0: ")
    assert "Signature" not in outcome["error"]
    assert "127.0.0.1" not in outcome["error"]


class Cut:
    """A response that ends early, or whose length nobody has announced."""

    def __init__(self, announced: int | None, there: int) -> None:
        self.headers = {} if announced is None else {"Content-Length": str(announced)}
        self._left = there

    def read(self, amount: int) -> bytes:
        size = min(amount, self._left)
        self._left -= size
        return bytes(size)


@pytest.mark.parametrize(
    ("announced", "there", "reason"),
    [
        (100, 99, "cut short"),
        (None, 101, "larger"),
        (101, 101, "larger"),
        (1, 101, "larger"),
        (100, 100, ""),
        (None, 0, ""),
    ],
)
def test_a_file_is_read_to_its_end_and_no_further_than_the_limit(
    announced: int | None, there: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("MAX_MEDIA_BYTES", "100")
    module: dict[str, Any] = {"__name__": "index"}
    exec(SOURCE, module)

    def read() -> int:
        file, size = module["File"](Cut(announced, there)), 0
        while part := file.read(7):
            size += len(part)
        return size

    if reason:
        with pytest.raises(module["NotSavedError"], match=reason):
            read()
    else:
        assert read() == there
