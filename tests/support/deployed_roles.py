"""Calls to AWS as one of the stack's roles makes them."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from local.aws import LocalAws
from tests.support import role_probe


def call_as(aws: LocalAws, name: str, role_arn: str, calls: Sequence[role_probe.Call]) -> list[str]:
    """The error code of each call, blank where it succeeded, from a function of that name that has the role.

    The local AWS does not ask whether Lambda may take the role, which on AWS only the functions' own roles allow.
    """
    aws.lambda_.create_function(
        FunctionName=name,
        Role=role_arn,
        Runtime="python3.13",
        Handler="role_probe.handler",
        Timeout=60,
        Code={"ZipFile": _package()},
    )
    answer = aws.lambda_.invoke(FunctionName=name, Payload=json.dumps(calls).encode())
    aws.lambda_.delete_function(FunctionName=name)
    return list(json.loads(answer["Payload"].read()))


def _package() -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.write(Path(role_probe.__file__), "role_probe.py")
    return package.getvalue()
