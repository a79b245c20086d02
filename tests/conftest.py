"""What all tests share."""

from collections.abc import Iterator
from functools import cache, partial

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import settings

settings.register_profile("soak", max_examples=3_000)


@pytest.fixture(autouse=True, scope="session")
def _service_models_are_read_once() -> Iterator[None]:
    """botocore parses its models anew for every session, and moto's tests start many: most of their time."""
    load = cache(partial(JSONFileLoader.load_file, JSONFileLoader()))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(JSONFileLoader, "load_file", lambda _, path: load(path))
        yield
