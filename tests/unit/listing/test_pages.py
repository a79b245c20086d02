"""When a page was asked for, which is all that is known of how old it is."""

from typing import Any

import pytest

from tests.support.fakes import FakeClock
from tests.support.inline_executor import InlineExecutor
from twilio_connector.listing import pages
from twilio_connector.twilio.client import Page


@pytest.mark.parametrize("ahead", [True, False])
def test_a_page_is_no_older_than_the_moment_at_which_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, ahead: bool
) -> None:
    monkeypatch.setattr(pages, "ThreadPoolExecutor", InlineExecutor)
    monkeypatch.setattr(InlineExecutor, "ahead", ahead)
    clock = FakeClock(100.0)

    class SlowClient:
        """Answers after ten seconds."""

        def page(self, _: str) -> Page:
            """As TwilioClient."""
            clock.now += 10
            return Page([], None)

    client: Any = SlowClient()
    with pages.PageReader[str](client, lambda uri: uri, clock) as reader:
        reader.read("/first")
        assert reader.asked_at == 100.0
        reader.begin_at("/second")
        reader.read("/second")
        assert reader.asked_at == 110.0
