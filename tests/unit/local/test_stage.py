"""How what `make demo` and `make local` share ends."""

import signal

import pytest

from local import sam
from local.stage import set_stage
from tests.support.signals import ENDING, ignoring


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> signal.Signals:
    """A signal that comes while it builds; what it ignores lets it go on to a build that fails."""
    number: signal.Signals = request.param

    def build() -> None:
        signal.raise_signal(number)
        raise sam.SamError("It went on.")

    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    monkeypatch.setattr(sam, "build", build)
    return number


@pytest.mark.parametrize("signalled", ENDING, indirect=True)
def test_signals_unwind_it(signalled: signal.Signals) -> None:
    with ignoring(), pytest.raises((SystemExit, KeyboardInterrupt)) as caught, set_stage({}):
        pass
    status = caught.value.code if isinstance(caught.value, SystemExit) else 128 + signal.SIGINT
    assert status == 128 + signalled


@pytest.mark.parametrize("signalled", ENDING, indirect=True)
def test_it_goes_on_ignoring_what_it_is_told_to_ignore(signalled: signal.Signals) -> None:
    with ignoring(signalled), pytest.raises(sam.SamError, match="It went on"), set_stage({}):
        pass
