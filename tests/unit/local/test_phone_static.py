"""The page's files: nothing from elsewhere, nothing that its policy forbids, and the library as it was published."""

import hashlib
import re

import pytest

from local.phone.app import STATIC

VENDOR = STATIC / "vendor" / "lit-html"
PUBLISHED = {
    "LICENSE": "2b66f9390afde29edfe4314daff93f01fb182e1178053e228120178987e5db75",
    "directive-helpers.js": "f7fb1154b8f72ed2cc08b05eaeed71c99270e9ad2d48620ed24688a1af4c2b62",
    "directive.js": "3344c4f41c69cd0701d3937e8f9ef90bd845614bf6456d0b8314b7c51d415b9d",
    "directives/repeat.js": "083140026ecd8665fedd15b17769f9d516252a9f1502f1e91e6967686ee82626",
    "lit-html.js": "b878e7f95dec8a9b6e9b217faca6b6a11bad82ebc44c0caa77419ed83edd81f2",
}
OWN = sorted(path for path in STATIC.iterdir() if path.is_file())


def test_the_library_is_what_was_published() -> None:
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.name != "README.md"]
    found = {path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert found == PUBLISHED
    assert "3.3.3" in (VENDOR / "README.md").read_text()


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_the_page_needs_nobody_else(path: object) -> None:
    text = (STATIC / str(path)).read_text(encoding="utf-8")
    assert not re.search(r"https?://|//cdn|@import|url\(", text)
    # Each would make code of a text, or keep one.
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|unsafeHTML|document\.write|\beval\b|Function\(", text)
    assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie|pushState|replaceState", text)


def test_the_page_has_no_script_or_style_in_its_html() -> None:
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\sstyle=|\son[a-z]+=", (STATIC / "phone.js").read_text(encoding="utf-8"))
