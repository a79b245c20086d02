"""botocore's session, without what it would prepare for services that the connector does not use.

Each shortcut is a public hook of botocore's, and where it is not called there any more, botocore's own way is taken.
The milliseconds are processor time, on the machine that docs/bench.md describes.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader
from botocore.session import Session

SERVICES = ["dynamodb", "events", "secretsmanager", "sqs"]
# What botocore's events call them, where that is another name.
_IN_EVENTS = {*SERVICES, "eventbridge", "secrets-manager", "*"}
# The one whose model the layer carries, because the runtime's botocore may be older than the service (before 1.43.102).
CUSTOM_BUS = "eventbridgev2"
CUSTOM_BUS_MODEL = Path(__file__).with_name("eventbridgev2.json")
_ENDPOINTS = Path(__file__).with_name("endpoints.json")


class ConnectorSession(Session):
    """A session for clients of ``SERVICES`` and of ``CUSTOM_BUS`` alone."""

    def __init__(self) -> None:
        super().__init__()
        self.register_component("data_loader", _Loader(self))

    def register(self, event_name: str, handler: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Register *handler*, unless it is for another service or for documentation: 117 of the 127 that are built in.

        They take 10 ms, and more with each client, which copies them.
        """
        kind, _, rest = event_name.partition(".")
        if kind != "docs" and (not rest or rest.partition(".")[0] in _IN_EVENTS):
            super().register(event_name, handler, *args, **kwargs)


class _Loader(Loader):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def list_available_services(self, type_name: str) -> list[str]:
        """These, without a look through all of botocore's four hundred services, 15 ms."""
        return SERVICES

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """A file of a service's. That of the Custom Event Bus is ours, whatever the runtime's botocore has.

        It has one operation of 25, and is read in a tenth of the time.
        """
        if service_name == CUSTOM_BUS:
            files = _custom_bus()
            if type_name not in files:
                raise DataNotFoundError(data_path=type_name)
            return files[type_name]
        return super().load_service_model(service_name, type_name, api_version)

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """A data file and where it lies. Of botocore's ``endpoints``, where our region is in it, what is of our
        services: 30 of 1,250 KB, 20 ms, 8 MB."""
        folder = getattr(self, "BUILTIN_DATA_PATH", None)
        if folder and name == "endpoints" and self._session.get_config_variable("region") in _regions():
            # As botocore's own: with somebody else's table it goes by that alone, and not by its rules of endpoints.
            return _endpoints(), str(Path(folder, name))
        data: tuple[Any, str] = super().load_data_with_path(name)
        return data


@cache
def _custom_bus() -> Any:
    return json.loads(CUSTOM_BUS_MODEL.read_bytes())


@cache
def _endpoints() -> Any:
    return json.loads(_ENDPOINTS.read_bytes())


@cache
def _regions() -> frozenset[str]:
    return frozenset(region for partition in _endpoints()["partitions"] for region in partition["regions"])
