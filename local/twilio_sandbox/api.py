"""The sandbox's HTTP API: the routes of `/2010-04-01`, authentication, and injected faults."""

from __future__ import annotations

import threading

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from local.twilio_sandbox.accounts import Accounts
from local.twilio_sandbox.answers import error_answer, json_answer, message_answer
from local.twilio_sandbox.errors import TwilioError, not_found, unauthenticated
from local.twilio_sandbox.fault_plan import FaultPlan
from local.twilio_sandbox.faults import InjectedFault
from local.twilio_sandbox.journal import Journal, RecordedRequest
from local.twilio_sandbox.media import Addresses
from local.twilio_sandbox.media_routes import add_media_routes, media_content
from local.twilio_sandbox.message import API_VERSION
from local.twilio_sandbox.pages import page_of

_ACCOUNTS = f"/{API_VERSION}/Accounts"
_MESSAGES = f"{_ACCOUNTS}/<account>/Messages"


def create_app(
    accounts: Accounts, journal: Journal, faults: FaultPlan, addresses: Addresses, stopping: threading.Event
) -> Flask:
    """Build the Flask application; `stopping` ends injected hangs."""
    app = Flask(__name__)
    # An injected reset has to reach the server, which handles lost connections.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    _add_gate(app, accounts, journal, faults, stopping)
    _add_error_handlers(app)
    _add_account_routes(app, accounts)
    _add_message_routes(app)
    add_media_routes(app, addresses)
    app.register_blueprint(media_content(accounts, addresses, journal))
    return app


def _add_gate(app: Flask, accounts: Accounts, journal: Journal, faults: FaultPlan, stopping: threading.Event) -> None:
    """What runs before every API route: the journal, faults, authentication, the account of the path."""

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
        g.caller, g.credential = accounts.authenticate(
            credentials.username if credentials else None, credentials.password if credentials else None
        )
        path_account = request.view_args.pop("account", None) if request.view_args else None
        g.messaging = accounts.reached(g.caller, g.credential, path_account)
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


def _add_account_routes(app: Flask, accounts: Accounts) -> None:
    def require_auth_token() -> None:
        if g.credential != "auth token":
            raise unauthenticated()

    @app.get(f"{_ACCOUNTS}.json")
    def list_accounts() -> Response:
        require_auth_token()
        rows = [account.resource() for account in accounts.visible_to(g.caller)]
        return json_answer(page_of("accounts", rows, request))

    @app.get(f"{_ACCOUNTS}/<account>.json")
    def fetch_account() -> Response:
        require_auth_token()
        return json_answer(g.messaging.account.resource())


def _add_message_routes(app: Flask) -> None:
    @app.post(f"{_MESSAGES}.json")
    @app.post(_MESSAGES)
    def create() -> Response:
        return message_answer(g.messaging.create(request.form), request.path, 201)

    @app.get(f"{_MESSAGES}.json")
    def list_() -> Response:
        return json_answer(g.messaging.list(request.args, request.path))

    @app.get(f"{_MESSAGES}/<sid>.json")
    @app.get(f"{_MESSAGES}/<sid>")
    def fetch(sid: str) -> Response:
        return message_answer(g.messaging.fetch(sid), request.path)

    @app.post(f"{_MESSAGES}/<sid>.json")
    @app.post(f"{_MESSAGES}/<sid>")
    def update(sid: str) -> Response:
        return message_answer(g.messaging.update(sid, request.form), request.path)

    @app.delete(f"{_MESSAGES}/<sid>.json")
    @app.delete(f"{_MESSAGES}/<sid>")
    def delete(sid: str) -> Response:
        g.messaging.delete(sid)
        return Response(status=204)
