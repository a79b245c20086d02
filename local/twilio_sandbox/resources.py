"""Resources that a route names by their SIDs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from flask import request

from local.twilio_sandbox.errors import not_found


class Resource(Protocol):
    """Anything with a SID."""

    @property
    def sid(self) -> str:
        """The SID."""


def place_of(sid: str, resources: Sequence[Resource]) -> int:
    """The index of the one called `sid`. Raises the 404 of the request's path."""
    for index, resource in enumerate(resources):
        if resource.sid == sid:
            return index
    raise not_found(request.path)
