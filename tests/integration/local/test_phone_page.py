"""The page without a stack: over a sandbox, and over a real account, where it breaks nothing and asks first."""

import re
from collections.abc import Iterator

import pytest
import urllib3
from playwright.sync_api import Page, expect

from local.phone.page import PhonePage
from local.phone.proofs import PROOFS
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from tests.support.browser import chromium, needs_browser, phone_page, serious_violations
from tests.support.phone import FakeAws


@pytest.mark.parametrize("real", [True, False])
def test_what_breaks_things_is_there_for_a_sandbox_alone(real: bool) -> None:
    with PhonePage(FakeAws().stage(None if real else TwilioSandbox(seed=1))) as page:
        origin, _, token = page.url.partition("#")
        state = urllib3.request("GET", f"{origin}api/state", headers={"Authorization": f"Bearer {token}"}).json()
    assert state["real"] == real
    assert [proof["kind"] for proof in state["proofs"]] == ([] if real else [proof.kind for proof in PROOFS])


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def page(aws: FakeAws) -> Iterator[Page]:
    with PhonePage(aws.stage()) as served, chromium() as browser, phone_page(browser, served.url) as page:
        yield page


@pytest.mark.endurance
@needs_browser
def test_a_real_account_is_not_broken_and_each_send_asks_first(page: Page, aws: FakeAws) -> None:
    expect(page.get_by_text("Every send is a real text and costs money.")).to_be_visible()
    assert page.locator("[data-proof], .proofs").count() == 0
    assert page.get_by_label("Text as the customer").count() == 0
    assert page.get_by_role("button", name=re.compile("STOP|START")).count() == 0
    words, question = page.get_by_label(re.compile("Send as")), page.get_by_role("dialog")
    words.fill("I said it for money")
    for refusal in ("Enter", "Escape"):
        words.press("Enter")
        expect(question).to_contain_text(f"Send a real text to {SANDBOX_RECIPIENT}?")
        assert serious_violations(page) == []
        # It stands on No.
        expect(question.get_by_role("button", name="No")).to_be_focused()
        page.keyboard.press(refusal)
        expect(question).to_be_hidden()
        expect(words).to_have_value("I said it for money")
    assert page.locator(".texts li[data-status]").count() == 0
    assert aws.invoked == []

    words.press("Enter")
    question.get_by_role("button", name="Send it").click()
    expect(page.locator(".texts li[data-status]")).to_have_count(1)
    ((function, payload),) = aws.invoked
    assert function == "SendSmsFunction"
    assert {**payload, "idempotencyKey": ""} == {
        "to": SANDBOX_RECIPIENT,
        "from": SANDBOX_SENDER,
        "message": "I said it for money",
        "idempotencyKey": "",
    }
