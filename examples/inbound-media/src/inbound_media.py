"""Saves every file of every inbound message in a bucket."""

import json
import mimetypes
import os
import re
from typing import Any

import boto3
import urllib3
from boto3.s3.transfer import TransferConfig

from twilio_connector_events import RawRequestInput, RawRequestResult, first, parse_event

functions, s3 = boto3.client("lambda"), boto3.client("s3")
http = urllib3.PoolManager(timeout=30, retries=False)
# A file passes through in parts, one at a time: memory does not grow with it.
PART = 5 * 1024 * 1024
PARTS = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False)
# The SIDs that Twilio makes: nothing that strangers write becomes part of a name.
SID = re.compile("(MM|SM|ME)[0-9a-fA-F]{32}")


class NotSavedError(Exception):
    """Some files of a message are not in the bucket; the error's message says which, and why."""


class File:
    """Reads a file up to its announced end, or to the limit."""

    def __init__(self, response: Any) -> None:
        self.response, self.read_so_far = response, 0
        self.length = int(response.headers.get("Content-Length", 0))
        self.check()

    def read(self, amount: int = PART) -> bytes:
        """The next bytes. Raises NotSavedError where there are too many or too few."""
        part: bytes = self.response.read(amount)
        self.read_so_far += len(part)
        self.check()
        if len(part) < amount and self.read_so_far < self.length:
            raise NotSavedError("the file was cut short")
        return part

    def check(self) -> None:
        """Raises NotSavedError for a file that is too large, by its announced size or by the bytes read so far."""
        if max(self.length, self.read_so_far) > int(os.environ["MAX_MEDIA_BYTES"]):
            raise NotSavedError("the file is larger than MaxMediaBytes")


def address_of(connection: str, url: str) -> str:
    """Ask for the file's current address, which is secret and valid for minutes."""
    request: RawRequestInput = {"connection": connection, "url": url}
    result = functions.invoke(FunctionName=os.environ["RAW_REQUEST_FUNCTION"], Payload=json.dumps(request))
    answer = json.load(result["Payload"])
    if "FunctionError" in result:
        raise NotSavedError(answer.get("errorType", "the function failed without an errorType"))
    told: RawRequestResult = answer
    if not 300 <= told["status"] < 400:
        raise NotSavedError(f"HTTP {told['status']} instead of an address")
    return told["headers"]["location"]


def save(connection: str, url: str, content_type: str, name: str) -> None:
    """Copy one file into the bucket. Raises NotSavedError, and the errors of AWS's clients."""
    # Senders choose the type: only its letters and digits get into the name.
    kind = re.sub("[^a-z0-9]", "", content_type.partition("/")[2].lower()) or "bin"
    key = name + (mimetypes.guess_extension(content_type) or f".{kind}")
    address = address_of(connection, url)
    with http.request("GET", address, preload_content=False, redirect=False) as response:
        if response.status != 200:
            raise NotSavedError(f"the file was answered with {response.status}")
        file: Any = File(response)
        extra = {"ContentType": content_type}
        s3.upload_fileobj(file, os.environ["BUCKET"], key, ExtraArgs=extra, Config=PARTS)


def handler(given: Any, context: Any) -> None:
    """Lambda handler. Raises NotSavedError, NotAConnectorEventError."""
    event = parse_event(given)
    if event["detail-type"] != "Message Received":
        return
    connection, text = event["detail"]["connection"], event["detail"]["body"]["data"]
    sid, failures = first(text, "MessageSid") or "", []
    for number in range(int(first(text, "NumMedia") or 0)):
        url, content_type = first(text, f"MediaUrl{number}") or "", first(text, f"MediaContentType{number}") or ""
        media = url.rpartition("/")[2]
        try:
            if not (SID.fullmatch(sid) and SID.fullmatch(media)):
                raise NotSavedError("it has no SID")
            # The same event makes the same names: an event that arrives twice saves nothing twice.
            save(connection, url, content_type, f"{sid}/{media}")
        except NotSavedError as error:
            failures.append(f"file {number}: {error}")
        except Exception as error:  # The error's text may hold the address.
            failures.append(f"file {number}: {type(error).__name__}")
    if failures:
        raise NotSavedError(f"{sid}: {'; '.join(failures)}") from None
