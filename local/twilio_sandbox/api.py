"""The HTTP face of the sandbox: the routes of `/2010-04-01`, authentication, and where faults strike."""

from __future__ import annotations

import threading
from hashlib import md5

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.answers import error_answer, json_answer, message_answer
from local.twilio_sandbox.errors import TwilioError, not_found, unauthenticated
from local.twilio_sandbox.fault_plan import FaultPlan
from local.twilio_sandbox.faults import InjectedFault
from local.twilio_sandbox.journal import Journal, RecordedRequest
from local.twilio_sandbox.listing import list_messages
from local.twilio_sandbox.message import API_VERSION, Message
from local.twilio_sandbox.messaging import Messaging

_ACCOUNTS = f"/{API_VERSION}/Accounts"
_MESSAGES = f"{_ACCOUNTS}/<account>/Messages"


def create_app(messaging: Messaging, journal: Journal, faults: FaultPlan, stopping: threading.Event) -> Flask:
    """Build the Flask application; `stopping` ends injected hangs."""
    app = Flask(__name__)
    # An injected reset has to reach the server, which knows what a lost connection is.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    _add_gate(app, messaging.account, journal, faults, stopping)
    _add_error_handlers(app)
    _add_account_routes(app, messaging.account)
    _add_message_routes(app, messaging)
    return app


def _add_gate(app: Flask, account: Account, journal: Journal, faults: FaultPlan, stopping: threading.Event) -> None:
    """Put in front of every API route: the journal, faults, authentication, the account of the path."""

    @app.before_request
    def enter() -> Response | None:
        if request.blueprint is not None:
            return None
        fault = faults.draw(request)
        journal.record_request(RecordedRequest.of(request, fault))
        if fault is not None and not fault.accepted:
            return fault.answer(request, None, stopping)
        g.fault = fault
        credentials = request.authorization
        g.credential = account.authenticate(
            credentials.username if credentials else None, credentials.password if credentials else None
        )
        if request.view_args and request.view_args.pop("account", account.sid) != account.sid:
            raise not_found(request.path)
        return None

    @app.after_request
    def leave(response: Response) -> Response:
        fault: InjectedFault | None = g.get("fault")
        return response if fault is None else fault.answer(request, response, stopping)


def _add_error_handlers(app: Flask) -> None:
    @app.errorhandler(TwilioError)
    def twilio_error(error: TwilioError) -> Response:
        return error_answer(error, request.path)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.code == 405:
            return error_answer(TwilioError(405, 20004, "Method not allowed"), request.path)
        return error_answer(not_found(request.path), request.path)


def _add_account_routes(app: Flask, account: Account) -> None:
    def require_auth_token() -> None:
        if g.credential != "auth token":
            raise unauthenticated()

    @app.get(f"{_ACCOUNTS}.json")
    def list_accounts() -> Response:
        require_auth_token()
        return json_answer({"accounts": [account.resource()], "page": 0, "next_page_uri": None})

    @app.get(f"{_ACCOUNTS}/<account>.json")
    def fetch_account() -> Response:
        require_auth_token()
        return json_answer(account.resource())


def _add_message_routes(app: Flask, messaging: Messaging) -> None:
    @app.post(f"{_MESSAGES}.json")
    @app.post(_MESSAGES)
    def create() -> Response:
        return message_answer(messaging.create(request.form), request.path, 201)

    @app.get(f"{_MESSAGES}.json")
    def list_() -> Response:
        page = list_messages(messaging.store, request.args, path=request.path, now=messaging.clock())
        return json_answer(page)

    @app.get(f"{_MESSAGES}/<sid>.json")
    @app.get(f"{_MESSAGES}/<sid>")
    def fetch(sid: str) -> Response:
        return message_answer(messaging.fetch(sid), request.path)

    @app.post(f"{_MESSAGES}/<sid>.json")
    @app.post(f"{_MESSAGES}/<sid>")
    def update(sid: str) -> Response:
        return message_answer(messaging.update(sid, request.form), request.path)

    @app.delete(f"{_MESSAGES}/<sid>.json")
    @app.delete(f"{_MESSAGES}/<sid>")
    def delete(sid: str) -> Response:
        messaging.delete(sid)
        return Response(status=204)

    @app.get(f"{_MESSAGES}/<sid>/Media.json")
    def list_media(sid: str) -> Response:
        message = messaging.fetch(sid)
        media = [_media(message, url) for url in message.media_urls]
        return json_answer({"media_list": media, "page": 0, "next_page_uri": None})


def _media(message: Message, url: str) -> dict[str, object]:
    sid = f"ME{md5(url.encode(), usedforsecurity=False).hexdigest()}"
    return {
        "sid": sid,
        "account_sid": message.account_sid,
        "parent_sid": message.sid,
        "content_type": "image/jpeg",
        "uri": f"{message.path}/Media/{sid}.json",
    }
