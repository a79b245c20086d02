"""Whatever Twilio's own SDK signs is accepted through every front door, and published as it was sent; no change is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.webhook_cells import DOORS, FOREIGN, KINDS, SIGNERS, deliveries
from tests.support.webhook_changes import changed

CELLS = pytest.mark.parametrize("signer", SIGNERS)
FEW, MANY = 15, pytest.param(2_000, marks=pytest.mark.endurance)


@pytest.mark.parametrize("examples", [FEW, MANY])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("door", DOORS)
@CELLS
def test_what_the_sdk_signs_is_published_and_no_change_of_it(signer: str, door: str, kind: str, examples: int) -> None:
    # The same requests at every gate: none fails for one that nobody has seen.
    @settings(max_examples=examples, derandomize=True)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        delivery = data.draw(deliveries(door, kind, SIGNERS[signer]))
        assert delivery.answer(data.draw(changed(delivery, SIGNERS[signer], FOREIGN[signer]))) in (400, 403)
        assert delivery.deployed.bus.entries == []
        assert delivery.answer(delivery.event) == delivery.status
        assert delivery.is_published()

    holds()
