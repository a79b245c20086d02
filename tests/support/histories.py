"""How many histories the models invent: for `make test`, for `make endurance`, for `make soak`."""

import pytest

# A history of sends is played on moto, one of polls in memory, at a fiftieth of the time.
SENDS = [10, pytest.param(300, marks=pytest.mark.endurance), pytest.param(3_000, marks=pytest.mark.soak)]
# The gate plays the same histories every time, by their seed; a soak invents new ones.
RECONCILIATIONS = [
    (60, 1),
    pytest.param(10_000, 1, marks=pytest.mark.endurance),
    pytest.param(10_000, 2, marks=pytest.mark.endurance),
    pytest.param(100_000, None, marks=pytest.mark.soak),
]
POLLS = [
    (40, 1),
    pytest.param(10_000, 1, marks=pytest.mark.endurance),
    pytest.param(10_000, 2, marks=pytest.mark.endurance),
    pytest.param(100_000, None, marks=pytest.mark.soak),
]
# Of the send queue, in threads.
BATCHES = [
    (40, 1),
    pytest.param(2_000, 2, marks=pytest.mark.endurance),
    pytest.param(20_000, None, marks=pytest.mark.soak),
]
