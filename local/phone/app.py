"""The page over HTTP: its files, and under `/api` what it shows and what it can ask for."""

from base64 import b64decode
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider

from local.phone.desk import PROOF_CUSTOMER, Desk
from local.phone.guard import HEADERS, refusal
from local.phone.prover import Prover
from local.phone.texts import Way

STATIC = Path(__file__).with_name("static")
MAX_BYTES = 8 * 1024 * 1024
MAX_TEXT = 1600
# A browser shows these types and does not run them. It would download anything else.
SHOWN_TYPES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})


class RefusedInputError(ValueError):
    """The page refuses an input; the message says why."""


class InOrder(DefaultJSONProvider):
    """JSON whose objects keep the order of their members."""

    sort_keys = False


def create_app(desk: Desk, prover: Prover | None, token: str) -> Flask:
    """Build the Flask application; without a *prover* (for a real account), nothing can be broken and sends need a yes.

    :mod:`.guard` judges every request. A refusal says why, in plain text.
    """
    app = Flask("phone", static_folder=str(STATIC), static_url_path="/")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    # The page shows an event as it was published.
    app.json = InOrder(app)

    @app.before_request
    def guard() -> Response | None:
        needs_token = request.path.startswith("/api/")
        refused = refusal(request.headers, request.environ["SERVER_PORT"], token, needs_token=needs_token)
        return Response(f"{refused[1]}\n", refused[0], mimetype="text/plain") if refused else None

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @app.get("/")
    def index() -> Response:
        return app.send_static_file("index.html")

    @app.get("/api/state")
    def state() -> Response:
        answer = jsonify({**desk.board.told(), **_surroundings(desk, prover)})
        answer.add_etag()
        answer.make_conditional(request)
        return answer

    @app.errorhandler(RefusedInputError)
    def refuse(error: RefusedInputError) -> Response:
        return Response(f"{error}\n", 400, mimetype="text/plain")

    _add_actions(app, desk, prover)
    return app


def _add_actions(app: Flask, desk: Desk, prover: Prover | None) -> None:
    @app.post("/api/sends")
    def send() -> tuple[Response, int]:
        given = _object()
        if prover is None and given.get("confirmed") is not True:
            raise RefusedInputError("A real text costs money: confirm it first.")
        made, _ = desk.send(_number(given, "to"), _text(given), _way(given))
        return jsonify({"number": made.number}), 202

    @app.post("/api/sends/<int:number>/again")
    def send_again(number: int) -> tuple[Response, int]:
        if prover is None and _object().get("confirmed") is not True:
            raise RefusedInputError("A real text costs money: confirm it first.")
        return jsonify({"begun": desk.send_again(number) is not None}), 202

    if prover is None:
        return

    @app.post("/api/texts")
    def text() -> tuple[Response, int]:
        given = _object()
        media = _media(given.get("media", []))
        body = _text(given, may_be_empty=bool(media))
        return jsonify({"sid": desk.receive(_number(given, "from"), body, media)}), 201

    @app.post("/api/proofs/<kind>")
    def proof(kind: str) -> tuple[Response, int]:
        if kind not in [one.kind for one in prover.proofs]:
            raise RefusedInputError("no such proof")
        return jsonify({"begun": prover.begin(kind)}), 202

    # By POST, because nothing of a message may be part of a URL.
    @app.post("/api/media")
    def file() -> Response:
        given = _object()
        for message in prover.twilio.messages:
            for one in message.media if message.sid == given.get("text") else ():
                if one.sid == given.get("sid") and one.content_type in SHOWN_TYPES:
                    return Response(one.content, content_type=one.content_type)
        return Response("no such picture\n", 404, mimetype="text/plain")


def _surroundings(desk: Desk, prover: Prover | None) -> dict[str, Any]:
    """What the page is about, and how the proofs go."""
    proofs = [(proof, desk.board.proof(proof.kind)) for proof in prover.proofs] if prover else []
    return {
        "real": prover is None,
        "sender": desk.sender,
        "customer": desk.recipient,
        "proofCustomer": PROOF_CUSTOMER,
        "rules": [asdict(rule) for rule in desk.stack.rules],
        "proofs": [
            {"kind": one.kind, "title": one.title, "promise": one.promise, "state": run.state, "steps": run.steps}
            for one, run in proofs
        ],
    }


def _object() -> dict[str, Any]:
    given = request.get_json()
    if not isinstance(given, dict):
        raise RefusedInputError("a JSON object is needed")
    return given


def _number(given: dict[str, Any], name: str) -> str:
    number = given.get(name)
    if not isinstance(number, str) or not number.strip() or len(number) > 64:
        raise RefusedInputError(f"{name}: a phone number is needed")
    return number.strip()


def _way(given: dict[str, Any]) -> Way:
    for way in get_args(Way):
        if given.get("way") == way:
            known: Way = way
            return known
    raise RefusedInputError("way: direct, queue or steps")


def _text(given: dict[str, Any], *, may_be_empty: bool = False) -> str:
    body = given.get("body")
    if not isinstance(body, str) or not (body.strip() or may_be_empty):
        raise RefusedInputError("body: the text is empty")
    if len(body) > MAX_TEXT:
        raise RefusedInputError(f"body: {MAX_TEXT} characters at most")
    return body


def _media(given: Any) -> list[tuple[str, bytes]]:
    try:
        media = [(str(one["type"]), b64decode(one["base64"], validate=True)) for one in given]
    except (KeyError, TypeError, ValueError):
        raise RefusedInputError("media: each needs a type and base64") from None
    if any(kind not in SHOWN_TYPES for kind, _ in media):
        raise RefusedInputError(f"media: one of {', '.join(sorted(SHOWN_TYPES))}")
    return media
