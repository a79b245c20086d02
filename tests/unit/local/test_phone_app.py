"""Whom the page's server answers, and what."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from local.phone.app import MAX_TEXT, create_app
from local.phone.board import Board
from local.phone.desk import Desk
from local.phone.proofs import PROOFS
from local.phone.prover import Prover
from local.twilio_sandbox import TwilioSandbox
from tests.support.phone import FakePhoneStack

TOKEN = "a-token"
HOST = "127.0.0.1:8080"
GOOD = {"Host": HOST, "Authorization": f"Bearer {TOKEN}"}
REAL_TEXT = {"to": "+15551234567", "body": "Hello", "way": "direct"}


class Served:
    """The application, asked without a network; a *real* account has no sandbox."""

    def __init__(self, *, real: bool) -> None:
        # It is not opened: nothing here is sent to it.
        twilio = None if real else TwilioSandbox(seed=1)
        self.stack = FakePhoneStack(twilio)
        self.desk = Desk(self.stack.as_stack, Board(twilio))
        prover = Prover(self.desk, twilio, PROOFS) if twilio else None
        self.client: FlaskClient = create_app(self.desk, prover, TOKEN).test_client()

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
        asked = {"method": method, "base_url": f"http://{HOST}", "headers": {**GOOD, **(headers or {})}, **given}
        return self.client.open(path, buffered=True, **asked)


@pytest.fixture
def served() -> Iterator[Served]:
    page = Served(real=False)
    yield page
    page.desk.close()


@pytest.fixture
def real() -> Iterator[Served]:
    page = Served(real=True)
    yield page
    page.desk.close()


@pytest.mark.parametrize("path", ["/", "/phone.js", "/vendor/lit-html/lit-html.js", "/api/state", "/nothing"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:8080"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:8080.evil.example"},
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:8081"},
        {"Origin": "https://127.0.0.1:8080"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: next(f"{name} {value}" for name, value in headers.items()),
)
def test_another_host_or_origin_is_refused(served: Served, headers: dict[str, str], path: str) -> None:
    assert served.ask("GET", path, headers).status_code == 403


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer a-toke", "Bearer a-token2", "Bearer ä", TOKEN]
)
def test_without_the_token_nothing_is_told_or_done(served: Served, authorization: str) -> None:
    headers = {"Authorization": authorization}
    for method, path in (
        ("GET", "/api/state"),
        ("POST", "/api/media"),
        ("POST", "/api/texts"),
        ("POST", "/api/sends"),
        ("POST", "/api/sends/1/again"),
        ("POST", "/api/proofs/forge"),
        ("GET", "/api/none"),
    ):
        assert served.ask(method, path, headers, json={} if method == "POST" else None).status_code == 401
    assert served.stack.sent == []
    assert served.ask("GET", "/", headers).status_code == 200


def test_every_answer_says_what_a_browser_may_do_with_it(served: Served) -> None:
    answers = [served.ask("GET", path) for path in ("/", "/phone.js", "/api/state", "/nothing")]
    answers.append(served.ask("GET", "/", {"Host": "evil.example"}))
    for answer in answers:
        policy = dict(one.split(" ", 1) for one in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert policy["img-src"] == "'self' blob:"
        assert policy["require-trusted-types-for"] == "'script'"
        assert not {"script-src", "style-src", "connect-src"} & policy.keys()
        assert "unsafe" not in str(policy)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers


def test_what_has_not_changed_is_not_sent_again(served: Served) -> None:
    first = served.ask("GET", "/api/state")
    assert served.ask("GET", "/api/state", {"If-None-Match": first.headers["ETag"]}).status_code == 304
    served.desk.board.ask("direct", from_="+1", to="+2", body="Hello")
    assert served.ask("GET", "/api/state", {"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("texts", {"from": "+15551234567", "body": ""}),
        ("texts", {"from": "", "body": "Hello"}),
        ("texts", {"from": 15551234567, "body": "Hello"}),
        ("texts", {"from": "+15551234567", "body": "Hello", "media": [{"type": "image/svg+xml", "base64": ""}]}),
        ("texts", {"from": "+15551234567", "body": "Hello", "media": [{"type": "image/png", "base64": "?"}]}),
        ("texts", {"from": "+15551234567", "body": "Hello", "media": 7}),
        ("sends", {**REAL_TEXT, "way": "carrier pigeon"}),
        ("sends", {**REAL_TEXT, "way": ["direct"]}),
        ("sends", {**REAL_TEXT, "body": "x" * (MAX_TEXT + 1)}),
        ("sends", []),
        ("proofs/none", {}),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_in_words(served: Served, path: str, given: Any) -> None:
    answer = served.ask("POST", f"/api/{path}", json=given)
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert served.stack.sent == []
    assert not served.desk.board.texts


def test_a_form_of_another_page_is_no_json(served: Served) -> None:
    assert served.ask("POST", "/api/sends", data={"to": "+1", "body": "Hello"}).status_code == 415


def test_pictures_are_told_from_what_a_browser_might_run(served: Served) -> None:
    assert served.stack.stage.twilio is not None
    files = [("image/png", b"picture"), ("text/html", b"<script>"), ("image/svg+xml", b"<svg/>")]
    served.stack.stage.twilio.receive(from_="+15551234567", to="+15558675309", body="", media=files)
    (conversation,) = served.ask("GET", "/api/state").json["conversations"]
    media = [{"text": one["text"], "sid": one["sid"]} for one in conversation["texts"][0]["media"]]
    picture, *others = [served.ask("POST", "/api/media", json=one) for one in media]
    assert (picture.status_code, picture.mimetype, picture.data) == (200, "image/png", b"picture")
    assert [other.status_code for other in others] == [404, 404]
    # No other message's, and none of what is no SID.
    for given in ({**media[0], "text": "MM" + "0" * 32}, {"sid": media[0]["sid"]}, {}, {"text": ["x"], "sid": {}}):
        assert served.ask("POST", "/api/media", json=given).status_code == 404


def test_with_a_real_account_nothing_is_broken_and_every_send_is_confirmed(real: Served) -> None:
    state = real.ask("GET", "/api/state").json
    assert (state["real"], state["proofs"]) == (True, [])
    for path, given in {"proofs/lose": {}, "texts": {"from": "+1", "body": "Hello"}}.items():
        assert real.ask("POST", f"/api/{path}", json=given).status_code in (404, 405)
    for confirmed in ({}, {"confirmed": False}, {"confirmed": "yes"}, {"confirmed": 1}):
        for path in ("sends", "sends/1/again"):
            assert real.ask("POST", f"/api/{path}", json={**REAL_TEXT, **confirmed}).status_code == 400
    assert real.stack.sent == []

    assert real.ask("POST", "/api/sends", json={**REAL_TEXT, "confirmed": True}).status_code == 202
    assert real.desk.board.wait_until(lambda: real.desk.board.send_of(1).sid, 60)
    assert [send.to for send in real.stack.sent] == ["+15551234567"]
