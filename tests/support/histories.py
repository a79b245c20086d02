"""How many histories the models invent: for `make test`, for `make endurance`, for `make soak`."""

import pytest

# A history of sends is played on moto, one of polls in memory, at a fiftieth of the time.
SENDS = [30, pytest.param(1_000, marks=pytest.mark.endurance), pytest.param(3_000, marks=pytest.mark.soak)]
POLLS = [300, pytest.param(20_000, marks=pytest.mark.endurance), pytest.param(100_000, marks=pytest.mark.soak)]
