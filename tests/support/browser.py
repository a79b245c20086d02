"""A browser that is installed on this machine, driven by Playwright, which brings none along here."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from local.sam import PROJECT_ROOT

# The first that there is; `BROWSER_PATH` names another one.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-lcd-text",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
MINUTE = 60_000
# All that the page of `make local` asks its server for: no name holds anything of a message.
PATH = re.compile(
    r"|[a-z-]+\.(js|css|ico)|vendor/lit-html/[a-z/-]+\.js|api/(state|texts|media|sends(/\d+/again)?|proofs/[a-z]+)"
)
# What a page can leave behind in a browser, and what stands in its address.
KEPT = """async () => ({
    address: location.href,
    storage: [localStorage.length, sessionStorage.length, document.cookie],
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    state: history.state,
})"""


def browser_path() -> str | None:
    """Where the browser is; None if there is none."""
    return os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, NAMES)), None)


needs_browser = pytest.mark.skipif(
    not browser_path(), reason="no Chromium is installed, and BROWSER_PATH names no browser"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser with a new, empty profile; whatever is expected of its pages may take a minute."""
    # Chromium refuses its sandbox to root, as which containers run.
    arguments = [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else list(ARGUMENTS)
    expect.set_options(timeout=MINUTE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def phone_page(browser: Browser, address: str) -> Iterator[Page]:
    """The page at an address that `make local` printed.

    In the end it has asked nobody but its server, told nothing in a URL, failed nowhere, and kept nothing.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(MINUTE)
    asked, failed = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda message: failed.append(message.text) if "Policy" in message.text else None)
    page.goto(address)
    expect(page.get_by_role("heading", name="Conversation")).to_be_visible()
    yield page
    origin = address.partition("#")[0]
    paths = [url.removeprefix(origin) for url in asked if not url.startswith(f"blob:{origin}")]
    assert {path for path in paths if not PATH.fullmatch(path.partition("#")[0])} == set()
    assert failed == []
    assert page.evaluate(KEPT) == {
        "address": address,
        "storage": [0, 0, ""],
        "databases": [],
        "caches": [],
        "workers": 0,
        "state": None,
    }
    page.close()


@cache
def axe_core() -> str:
    """The source of axe-core, which npm installs; skips the test where that is not."""
    if not shutil.which("npm"):
        pytest.skip("axe-core is installed by npm, which is not here")
    with TemporaryDirectory(prefix="axe-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PROJECT_ROOT / "tests" / "phone" / name, folder)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(install, check=True, cwd=folder, capture_output=True, timeout=300)
        return Path(folder, "node_modules", "axe-core", "axe.min.js").read_text(encoding="utf-8")


def serious_violations(page: Page) -> list[Any]:
    """What keeps somebody from using the page as it stands, by axe-core: the rule, and where it is violated."""
    page.evaluate(axe_core())
    found = page.evaluate("axe.run()")["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in serious]


def press_until(page: Page, key: str, reached: Callable[[], bool]) -> None:
    """Press a key until something is reached."""
    for _ in range(400):
        page.keyboard.press(key)
        if reached():
            return
    pytest.fail(f"{key} never gets there")


def eventually(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for a condition, for a minute at most."""
    for _ in range(MINUTE // 200):
        if condition():
            return
        page.wait_for_timeout(200)
    assert condition()
