"""The body of a raw request: ``data`` as JSON, form or as it is; ``formData`` and ``fileData`` as multipart."""

import json
from base64 import b64decode
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlencode

from urllib3.filepost import encode_multipart_formdata

from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.raw_request.pairs import pairs, text_of, text_pairs
from twilio_connector.strict_json import texts_in
from twilio_connector.twilio.api import FORM_TYPE

JSON_TYPE = "application/json"
MULTIPART_TYPE = "multipart/form-data"


@dataclass(frozen=True)
class Body:
    """The bytes to send, None where there are none, their content type, and in *private* the texts that they hold."""

    content: bytes | None = field(default=None, repr=False)
    content_type: str | None = None
    private: tuple[str, ...] = field(default=(), repr=False)


def encode_body(inputs: Inputs, content_type: str | None) -> Body:
    """The body that *inputs* describe; *content_type* is the caller's own header, if any.

    All of it is in memory, so that every attempt sends the same. Raises :class:`InvalidInputError`.
    """
    form, files = pairs(inputs.value("formData"), "formData"), pairs(inputs.value("fileData"), "fileData")
    names = dict(text_pairs(inputs.value("fileDataFileNames"), "fileDataFileNames"))
    if names.keys() - dict(files).keys():
        raise InvalidInputError("fileDataFileNames: every key must also be a key of fileData.")
    if form or files:
        if "data" in inputs:
            raise InvalidInputError("Either data or formData and fileData can be sent, not both.")
        if content_type and _media_type(content_type) != MULTIPART_TYPE:
            raise InvalidInputError(f"headers: formData and fileData are sent as {MULTIPART_TYPE}.")
        return _multipart(form, files, names)
    if "data" not in inputs:
        return Body(content_type=content_type)
    return _data(inputs.value("data"), content_type)


def _data(data: Any, content_type: str | None) -> Body:
    if isinstance(data, str):
        values = [value for _, value in parse_qsl(data)]
        return Body(data.encode(), content_type or FORM_TYPE, tuple(texts_in([data, *values])))
    if content_type and _media_type(content_type) == FORM_TYPE:
        return Body(urlencode(text_pairs(data, "data")).encode(), content_type, tuple(texts_in(data)))
    try:
        encoded = json.dumps(data, allow_nan=False).encode()
    except (ValueError, RecursionError) as exc:
        raise InvalidInputError("data cannot be written as JSON.") from exc
    return Body(encoded, content_type or JSON_TYPE, tuple(texts_in(data)))


def _multipart(form: list[tuple[str, Any]], files: list[tuple[str, Any]], names: dict[str, str]) -> Body:
    texts = [(key, _content(value, "formData")) for key, value in form]
    contents = [(key, _content(value, "fileData")) for key, value in files]
    # A part is a file to its receiver only if it has a file name.
    named = [(key, _file(names.get(key, "").strip() or key, content)) for key, content in contents]
    body, content_type = encode_multipart_formdata([*texts, *named])
    return Body(body, content_type, tuple(texts_in([part.decode(errors="replace") for _, part in (*texts, *contents)])))


def _file(name: str, content: bytes) -> tuple[str, bytes, str]:
    # By the suffix alone: Python takes the whole name for a URL, and would refuse "//[a.txt".
    media_type, _ = guess_type(f"file{PurePosixPath(name).suffix}")
    return name, content, media_type or "application/octet-stream"


def _content(value: Any, name: str) -> bytes:
    """Text, ``{"base64": "…"}`` or, as Node.js writes its buffers, ``{"type": "Buffer", "data": [bytes…]}``."""
    if not isinstance(value, dict):
        return text_of(value, name).encode()
    try:
        match value:
            case {"base64": str(text), **others} if not others:
                return b64decode("".join(text.split()), validate=True)
            case {"type": "Buffer", "data": list(octets), **others} if not others:
                return bytes(octets)
    except (ValueError, TypeError) as exc:
        raise InvalidInputError(f"{name}: a value is not valid base64, or not a list of bytes.") from exc
    raise InvalidInputError(f"{name}: every value must be text, {{base64}} or {{type: Buffer, data}}.")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
