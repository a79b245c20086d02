"""How many histories the models invent: for `make test`, for `make endurance`, for `make soak`."""

import pytest

HISTORIES = [30, pytest.param(1_000, marks=pytest.mark.endurance), pytest.param(3_000, marks=pytest.mark.soak)]
