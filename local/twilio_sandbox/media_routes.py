"""The HTTP routes of media: their resources below a message, and the files under `/_media`."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from local.twilio_sandbox.accounts import Accounts
from local.twilio_sandbox.answers import resource_answer
from local.twilio_sandbox.errors import not_found
from local.twilio_sandbox.journal import Journal, RecordedRequest
from local.twilio_sandbox.media import Addresses, MediaFile
from local.twilio_sandbox.message import API_VERSION, Message, rfc2822
from local.twilio_sandbox.messaging import Messaging
from local.twilio_sandbox.pages import page_of

_LIST = f"/{API_VERSION}/Accounts/<account>/Messages/<sid>/Media"


def add_media_routes(app: Flask, addresses: Addresses) -> None:
    """List, fetch and delete the media of a message; without an extension, a file is answered by its address."""

    @app.get(f"{_LIST}.json")
    def list_media(sid: str) -> Response:
        message = _messaging().fetch(sid)
        rows = [_resource(message, file) for file in message.media]
        return resource_answer("Media", page_of("media_list", rows, request), request.path)

    @app.get(f"{_LIST}/<media>.json")
    def fetch_media(sid: str, media: str) -> Response:
        message = _messaging().fetch(sid)
        return resource_answer("Media", _resource(message, _file(message, media)), request.path)

    @app.get(f"{_LIST}/<media>")
    def locate_media(sid: str, media: str) -> AnyResponse:
        message = _messaging().fetch(sid)
        file = _file(message, media)
        path = url_for("media.content", account=message.account_sid, sid=sid, media=file.sid)
        return redirect(f"{request.host_url.rstrip('/')}{path}?{addresses.query(path)}", 307)

    @app.delete(f"{_LIST}/<media>.json")
    @app.delete(f"{_LIST}/<media>")
    def delete_media(sid: str, media: str) -> Response:
        _messaging().delete_media(sid, _file(_messaging().fetch(sid), media).sid)
        return Response(status=204)


def media_content(accounts: Accounts, addresses: Addresses, journal: Journal) -> Blueprint:
    """Build the route of the files, which are stored elsewhere than the API: it has credentials of its own."""
    routes = Blueprint("media", __name__, url_prefix="/_media")

    @routes.get("/<account>/<sid>/<media>")
    def content(account: str, sid: str, media: str) -> Response:
        journal.record_request(RecordedRequest.of(request, None))
        # As S3 does: a client that follows the redirect with Twilio's credentials hands them to a third party.
        if "Authorization" in request.headers:
            return Response("Only one auth mechanism allowed", 400, mimetype="text/plain")
        if not addresses.opens(request.path, request.args):
            return Response("Request has expired", 403, mimetype="text/plain")
        file = _file(accounts.find(account).fetch(sid), media)
        return Response(file.content, content_type=file.content_type)

    return routes


def _messaging() -> Messaging:
    messaging: Messaging = g.messaging
    return messaging


def _resource(message: Message, file: MediaFile) -> dict[str, object]:
    return file.resource(message.account_sid, message.sid, message.path, rfc2822(message.date_created))


def _file(message: Message, sid: str) -> MediaFile:
    found = next((file for file in message.media if file.sid == sid), None)
    if found is None:
        raise not_found(f"/Messages/{message.sid}/Media/{sid}")
    return found
