"""A stand-in for S3 and Lambda on loopback that keeps no contents: how much came for each object, and its hash."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

CHUNK = 64 * 1024
# What a function answers to a payload, and whether that is an error.
Function = Callable[[Any], tuple[Any, bool]]


@dataclass
class Stored:
    """An object: its type, the sizes of the parts it came in, and a hash of all of it."""

    content_type: str
    parts: list[int] = field(default_factory=list)
    digest: Any = field(default_factory=sha256)
    finished: bool = False


class AwsStandIn:
    """A context manager; point `AWS_ENDPOINT_URL` at `url`. Parts have to come in their order."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.uploads: list[tuple[str, Stored]] = []
        self.aborted = 0
        stand_in = self

        class Handler(_Handler):
            aws = stand_in

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> AwsStandIn:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def objects(self) -> dict[str, Stored]:
        """What there is in the end, by bucket and key."""
        return {name: stored for name, stored in self.uploads if stored.finished}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    aws: AwsStandIn

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.endswith("/invocations"):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            result, failed = self.aws.function(json.loads(body))
            self._answer(json.dumps(result), {"X-Amz-Function-Error": "Unhandled"} if failed else {})
            return
        name = parts.path.lstrip("/")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if parts.query.startswith("uploads"):
            self.aws.uploads.append((name, Stored(self.headers["Content-Type"])))
            upload = f"<UploadId>{len(self.aws.uploads) - 1}</UploadId>"
            self._answer(f"<InitiateMultipartUploadResult>{upload}</InitiateMultipartUploadResult>")
        else:
            self._upload().finished = True
            self._answer("<CompleteMultipartUploadResult><ETag>done</ETag></CompleteMultipartUploadResult>")

    def do_PUT(self) -> None:
        parts = urlsplit(self.path)
        if not parts.query.startswith(("partNumber", "uploadId")):
            self.aws.uploads.append((parts.path.lstrip("/"), Stored(self.headers["Content-Type"], finished=True)))
            stored = self.aws.uploads[-1][1]
        else:
            stored = self._upload()
        left = size = int(self.headers["Content-Length"])
        while left:
            chunk = self.rfile.read(min(left, CHUNK))
            stored.digest.update(chunk)
            left -= len(chunk)
        stored.parts.append(size)
        self._answer("", {"ETag": f'"{len(stored.parts)}"'})

    def do_DELETE(self) -> None:
        self.aws.aborted += 1
        self._answer("", status=204)

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""

    def _upload(self) -> Stored:
        (number,) = parse_qs(urlsplit(self.path).query)["uploadId"]
        return self.aws.uploads[int(number)][1]

    def _answer(self, body: str, headers: Mapping[str, str] = MappingProxyType({}), *, status: int = 200) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())
