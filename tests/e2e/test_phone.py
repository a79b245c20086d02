"""The page of `make local`, in a real browser: what it shows of texts and events, and what each of its buttons proves.

`PHONE_PICTURES=folder` leaves pictures of it there, of which the README shows `phone.png`. Without a stack, and with a
real account, `tests/integration/local/test_phone_page.py` looks at it.
"""

import os
import re
import socket
import threading
import time
import uuid
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest
import urllib3
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from local.phone.rules import read_rules
from local.sam import PROJECT_ROOT
from local.twilio_sandbox.server import LoopbackServer
from tests.support.browser import (
    chromium,
    eventually,
    needs_browser,
    phone_page,
    press_until,
    serious_violations,
)
from tests.support.local_stack import local_stack, printed, printed_facts

pytestmark = [pytest.mark.endurance, needs_browser]

Measured = Callable[[str, float], None]
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")
HOSTILE = '<img src=x onerror="window.hurt = 1"><script>window.hurt = 2</script>${window.hurt = 3}\u202eevil'
HOSTILE_NUMBER = '"><img src=x onerror="window.hurt=4">'
INBOUND = next(
    rule.title for rule in read_rules(PROJECT_ROOT) if rule.pattern.get("detail-type") == ["Message Received"]
)


@dataclass
class Served:
    """What `make local` prints: the page's address, the seconds until then, and a line for each event from then on."""

    address: str
    seconds: float
    lines: list[str] = field(default_factory=list)


def read(output: IO[str], lines: list[str]) -> None:
    for line in output:
        lines.append(line)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    since = time.monotonic()
    with local_stack() as stack:
        (address,) = re.findall(r"^http://127\.0\.0\.1:\d+/#\S+$", "".join(printed(stack)), re.MULTILINE)
        served = Served(address, time.monotonic() - since)
        assert stack.stdout is not None
        reader = threading.Thread(target=read, args=(stack.stdout, served.lines), daemon=True)
        reader.start()
        yield served
        stack.terminate()
        reader.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    with phone_page(browser, served.address) as page:
        yield page


@pytest.fixture
def measured(capsys: pytest.CaptureFixture[str]) -> Measured:
    """Prints how long something took, since an instant, although its test has passed."""

    def tell(what: str, since: float) -> None:
        with capsys.disabled():
            print(f"\n{what}: {time.monotonic() - since:.1f} s", end="", flush=True)

    return tell


def counter(page: Page, name: str) -> int:
    return int(page.locator(f"[data-counter={name}]").inner_text())


def as_customer(page: Page, number: str) -> None:
    page.get_by_label("Customer", exact=True).fill(number)
    page.get_by_label("Customer", exact=True).press("Enter")


def text_in(page: Page, body: str) -> None:
    page.get_by_label("Text as the customer").fill(body)
    page.get_by_role("button", name="Text", exact=True).click()


def new_number() -> str:
    return f"+1555{uuid.uuid4().int % 10_000_000:07}"


def test_a_text_comes_in_and_is_answered_in_each_way(page: Page, served: Served, measured: Measured) -> None:
    measured("make local to its address", time.monotonic() - served.seconds)
    as_customer(page, new_number())
    bubbles = page.locator(".texts li[data-status]")
    sent = counter(page, "sent")

    since = time.monotonic()
    page.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PICTURE})
    text_in(page, "I said hello")
    expect(bubbles).to_have_count(1)
    event = page.locator(".events li", has_text="I said hello").filter(has_text="Message Received")
    expect(event.get_by_text(INBOUND)).to_be_attached()
    measured("a text in, with a picture, to its event", since)
    expect(bubbles.locator("img")).to_have_js_property("naturalWidth", 1)

    for count, way in enumerate(("SendSms", "the send queue", "Step Functions"), 2):
        since = time.monotonic()
        page.get_by_label("by", exact=True).select_option(way)
        page.get_by_label(re.compile("Send as")).fill(f"I said hello by {way}")
        page.get_by_label(re.compile("Send as")).press("Enter")
        expect(bubbles).to_have_count(count)
        expect(bubbles.last).to_have_attribute("data-status", "delivered")
        expect(bubbles.last).to_contain_text("✓✓ delivered")
        # Who cannot see the tick is told.
        expect(page.get_by_role("status").filter(has_text="Your last text: delivered")).to_be_attached()
        measured(f"a text by {way}, to its last tick", since)
    assert counter(page, "sent") == sent + 3
    assert counter(page, "doubled") == 0

    page.get_by_role("button", name="STOP").click()
    expect(page.get_by_text("This customer has opted out")).to_be_visible()
    page.get_by_label("by", exact=True).select_option("SendSms")
    page.get_by_label(re.compile("Send as")).fill("I said one more thing")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".texts .error")).to_contain_text("TwilioOptedOutError")
    expect(page.locator(".events").get_by_text("Recipient Opted Out").first).to_be_attached()
    page.get_by_role("button", name="START").click()
    expect(page.get_by_text("This customer has opted out")).to_be_hidden()
    page.get_by_role("button", name="Repeat with the same key").click()
    expect(bubbles.filter(has_text="one more thing")).to_have_attribute("data-status", "delivered")


def test_each_button_proves_its_promise(page: Page, served: Served, measured: Measured) -> None:
    times = dict[str, float]()
    sent = counter(page, "sent")
    lost = page.locator("[data-counter=lost]")

    def begin(kind: str) -> None:
        times[kind] = time.monotonic()
        page.locator(f"[data-proof={kind}] button").click()

    def held(kind: str) -> None:
        proof = page.locator(f"[data-proof={kind}]")
        proof.locator(".verdict", has_text=re.compile("held|broken")).wait_for()
        assert proof.get_attribute("data-state") == "held", proof.inner_text()
        measured(kind, times[kind])

    # These disturb everybody's callbacks, so that they come one after the other.
    begin("lose")
    held("lose")
    expect(lost).to_have_text("1")
    begin("reconcile")
    held("reconcile")
    expect(lost).to_have_text("0")
    for kind in ("twice", "reorder", "forge"):
        begin(kind)
        held(kind)
    together = ("refused", "accepted", "hang", "kill", "bus")
    for kind in together:
        begin(kind)
    for kind in together:
        held(kind)
    assert counter(page, "sent") == sent + 8
    assert counter(page, "doubled") == 0
    expect(lost).to_have_text("0")
    expect(page.locator(".texts li[data-status=delivered]")).to_have_count(8)
    # What a reader of the terminal counts.
    eventually(page, lambda: counter(page, "published") == len(printed_facts(served.lines)))
    again = sum(printed_facts(served.lines).values()) - len(printed_facts(served.lines))
    assert again >= 2
    expect(page.get_by_text(f"events, {again} arrived again")).to_be_visible()
    if folder := os.environ.get("PHONE_PICTURES"):
        take_pictures(page, Path(folder))


def take_pictures(page: Page, folder: Path) -> None:
    """In both themes, and on a phone."""
    as_customer(page, "+15551234567")
    text_in(page, "Hi! Is my order on its way?")
    page.get_by_label(re.compile("Send as")).fill("It is. It comes on Tuesday.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".texts li[data-status=delivered]")).to_have_count(1)
    text_in(page, "Perfect, thank you")
    event = page.locator(".events li", has_text="Perfect, thank you")
    event.locator("summary").click()
    page.evaluate("document.activeElement.blur()")
    for name, scheme, size in (
        ("phone", "light", (1280, 800)),
        ("phone-dark", "dark", (1280, 800)),
        ("phone-narrow", "light", (360, 2400)),
        ("phone-narrow-dark", "dark", (360, 2400)),
    ):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.evaluate("scrollTo(0, 0); document.querySelector('.proofs ul').scrollTo(0, 0)")
        # Without a style of its own for the caret, which the page forbids.
        page.screenshot(path=folder / f"{name}.png", caret="initial")


def test_a_hostile_text_is_a_text(page: Page) -> None:
    for number in (new_number(), HOSTILE_NUMBER):
        as_customer(page, number)
        text_in(page, HOSTILE)
        expect(page.locator(".texts .body")).to_have_text(HOSTILE)
        expect(page.get_by_role("button", name=number, exact=True)).to_be_visible()
    events = page.locator(".events pre", has_text="onerror")
    eventually(page, lambda: events.count() >= 2)
    assert page.locator("#page script, .texts img, .events img, .numbers img, datalist img").count() == 0
    assert page.evaluate("window.hurt") is None


def test_strangers_are_refused(served: Served) -> None:
    origin, _, token = served.address.partition("/#")
    host, bearer = urlsplit(origin).netloc, {"Authorization": f"Bearer {token}"}

    def status(path: str, headers: dict[str, str], method: str = "GET") -> int:
        answer = urllib3.request(method, f"{origin}{path}", headers={"Host": host, **headers}, timeout=30.0)
        return answer.status

    assert status("/", {}) == status("/api/state", bearer) == 200
    assert status("/api/state", {}) == status("/api/state", {"Authorization": "Bearer guess"}) == 401
    assert status("/api/proofs/forge", {"Content-Type": "application/json"}, "POST") == 401
    for stranger in (
        {"Host": "evil.example"},
        {"Host": f"localhost:{urlsplit(origin).port}"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        for path in ("/", "/phone.js", "/api/state"):
            assert status(path, {**bearer, **stranger}) == 403, (path, stranger)
    # Whoever listens everywhere listens here as well.
    with socket.socket() as elsewhere:
        assert elsewhere.connect_ex(("127.0.0.2", urlsplit(origin).port)) != 0


def test_a_page_that_is_open_beside_it_gets_nothing(browser: Browser, served: Served) -> None:
    origin, _, token = served.address.partition("#")
    app = Flask("elsewhere")
    app.add_url_rule("/", view_func=lambda: f'<iframe src="{origin}"></iframe><script src="{origin}phone.js"></script>')
    beside = LoopbackServer(app, 0, "elsewhere")
    beside.start()
    page = browser.new_page()
    answers = dict[str, int]()
    page.on("response", lambda answer: answers.update({answer.url: answer.status}))
    page.goto(beside.url, wait_until="networkidle")
    assert (answers[origin], answers.get(f"{origin}phone.js", 403)) == (403, 403)
    assert "phone.js" not in page.frames[1].content()

    def what_it_gets(path: str, **how: Any) -> Any:
        script = "([url, how]) => fetch(url, how).then((answer) => answer.text(), (error) => error.name)"
        return page.evaluate(script, [f"{origin}{path}", how])

    before = proofs_of(served)
    assert what_it_gets("api/state", headers={"Authorization": f"Bearer {token}"}) == "TypeError"
    assert what_it_gets("phone.css") == "TypeError"
    # Such a request is sent, though its answer cannot be read.
    what_it_gets("api/proofs/forge", method="POST", mode="no-cors", body="{}")
    assert proofs_of(served) == before
    page.goto(origin)
    # Its own page without the token tells nothing either.
    expect(page.get_by_role("alert")).to_contain_text("Open the whole address")
    page.close()
    beside.stop()


def proofs_of(served: Served) -> Any:
    """How the proofs stand."""
    origin, _, token = served.address.partition("#")
    return urllib3.request("GET", f"{origin}api/state", headers={"Authorization": f"Bearer {token}"}).json()["proofs"]


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(page: Page, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    as_customer(page, new_number())
    page.get_by_role("button", name="STOP").click()
    expect(page.get_by_text("This customer has opted out")).to_be_visible()
    page.locator(".events summary").first.click()

    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    # A keyboard gets everywhere, sees where it is, and presses what it stands on.
    page.get_by_role("heading", name="Conversation").click()
    press_until(page, "Tab", lambda: page.evaluate("document.activeElement.closest('[data-proof=forge]') !== null"))
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    forge = page.locator("[data-proof=forge]")
    expect(forge.get_by_role("status")).to_have_text("The webhook answered 403 and published nothing.")
