"""The Twilio client: messages of one account, over one connection.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import urlencode

from urllib3.response import BaseHTTPResponse
from urllib3.util.request import make_headers

from twilio_connector.connections.connection import Connection
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.errors import OutcomeUnknownError, TwilioResponseError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, logger
from twilio_connector.strict_json import texts_in
from twilio_connector.twilio.api import API_PATH, FORM_TYPE, MAX_PAGE_SIZE, Parameters
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.responses import error_of, json_object
from twilio_connector.twilio.retries import BoundedRetry, retry_by_proof
from twilio_connector.twilio.transport import exchange

# The parameters of a message that no error may quote. Errors also mask all numbers.
PRIVATE = ("Body", "ContentVariables", "MediaUrl", "PersistentAction", "Tags")
OTHER_PAGE = "Twilio answered with a next page outside the account's messages."


@dataclass(frozen=True)
class Page:
    """One page of a list: resources as Twilio sends them, newest first, and the host-relative URI of the next page."""

    messages: list[dict[str, Any]] = field(repr=False)
    next_page_uri: str | None = field(repr=False)


class TwilioClient:
    """Requests to Twilio as *name*'s connection, none of them going on after *deadline*.

    A 401 makes it read the connection's secret again and repeat the request with the credentials that have changed or
    are about to: Twilio does not execute a request that it answers with 401.
    """

    def __init__(self, connections: ConnectionStore, name: str, deadline: Deadline) -> None:
        self._connections = connections
        self.connection: Connection = connections.get(name)
        self.deadline = deadline

    @property
    def messages_path(self) -> str:
        """The path of the account's messages, without ``.json``."""
        return f"{API_PATH}/Accounts/{self.connection.account_sid}/Messages"

    def create_message(self, parameters: Parameters) -> dict[str, Any]:
        """Send a message; *parameters* as Twilio names them (``To``, ``Body``, …). Returns the created resource.

        Raises :class:`OutcomeUnknownError` when it may have been sent, a ``Twilio…Error`` when it was not.
        """
        private = list(texts_in([value for name, value in parameters if name in PRIVATE]))
        try:
            resource = self._json("POST", f"{self.messages_path}.json", urlencode(parameters).encode(), private)
        except TwilioResponseError as exc:
            raise OutcomeUnknownError(f"The message may have been sent: {exc}", status=exc.status) from exc
        if not isinstance(resource.get("sid"), str):
            raise OutcomeUnknownError("The message may have been sent: Twilio's answer holds no SID.")
        return resource

    def fetch_message(self, sid: str) -> dict[str, Any]:
        """The message *sid*. Raises :class:`TwilioNotFoundError` and the other ``Twilio…Error``."""
        return self._json("GET", f"{self.messages_path}/{sid}.json")

    def update_message(self, sid: str, parameters: Parameters, read_seconds: float) -> dict[str, Any]:
        """Change the message *sid*; *parameters* as Twilio names them (``Status``, ``Body``). Returns the resource.

        Raises :class:`OutcomeUnknownError` when it may have been changed, :class:`TwilioResponseError` when the answer
        cannot be read, a ``Twilio…Error`` when it was not changed. *read_seconds* bounds the wait for the answer.
        """
        request = self._ask("POST", f"{self.messages_path}/{sid}.json", urlencode(parameters).encode())
        resource = json_object(self.answer(replace(request, read_seconds=read_seconds)))
        if not isinstance(resource.get("sid"), str):
            raise TwilioResponseError("Twilio's answer holds no SID.")
        return resource

    def delete_message(self, sid: str, read_seconds: float) -> None:
        """Delete the message *sid*. Raises as :meth:`update_message` does."""
        request = self._ask("DELETE", f"{self.messages_path}/{sid}.json")
        response = self.answer(replace(request, read_seconds=read_seconds))
        if response.status != 204:
            raise TwilioResponseError(
                f"Twilio answered {response.status}, which does not confirm the deletion.", status=response.status
            )

    def list_uri(self, filters: Parameters, page_size: int = MAX_PAGE_SIZE) -> str:
        """The URI of the first page of messages that match *filters* (``To``, ``From``, ``DateSent>``, …)."""
        return f"{self.messages_path}.json?{urlencode([*filters, ('PageSize', str(page_size))])}"

    def pages(self, uri: str) -> Iterator[Page]:
        """The page at *uri* and all that follow it."""
        following: str | None = uri
        while following:
            page = self.page(following)
            yield page
            following = page.next_page_uri

    def page(self, uri: str) -> Page:
        """The page at *uri*, which is host-relative, as in ``next_page_uri``."""
        if not self.lists(uri):
            raise TwilioResponseError(OTHER_PAGE)
        body = self._json("GET", uri)
        # Without a next page Twilio says null; judged here, because callers keep what they get, and ask with it later.
        messages, following = body.get("messages"), body.get("next_page_uri") or None
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise TwilioResponseError("Twilio answered with a page that has no list of messages.")
        if following is not None and not self.lists(following):
            raise TwilioResponseError(OTHER_PAGE)
        return Page(messages, following)

    def lists(self, uri: object) -> bool:
        """Whether *uri* is of the account's list of messages: requests to others would carry credentials away."""
        return isinstance(uri, str) and uri.startswith(f"{self.messages_path}.json?")

    def request(self, request: Request, retries: BoundedRetry) -> BaseHTTPResponse:
        """Make *request* with the connection's credentials. The response may have any status.

        Raises as :func:`exchange` does.
        """

        def attempt(connection: Connection, retries: BoundedRetry) -> BaseHTTPResponse:
            credentials = make_headers(basic_auth=":".join(connection.credentials))
            return exchange(replace(request, headers={**request.headers, **credentials}), retries)

        deadline, response = retries.deadline, attempt(self.connection, retries)
        if response.status == 401:
            for other in self._connections.others(self.connection, lambda: deadline.remaining() >= retries.least):
                # Of the repeats those are left that the refused credentials have not used.
                response = attempt(other, cast("BoundedRetry", response.retries))
                if response.status != 401:
                    self._change_to(other)
                    break
        if response.status != 401:
            self._connections.accepted(self.connection)
        if response.status in (401, 403):
            count("AuthenticationFailures")
        return response

    def answer(self, request: Request, private: Sequence[str] = ()) -> BaseHTTPResponse:
        """The answer to *request*, which is 2xx; what may be repeated without harm is.

        Raises as :meth:`request` does, and the error that any other answer means, which quotes nothing *private*.
        """
        response = self.request(request, retry_by_proof(request, self.deadline))
        if not 200 <= response.status < 300:
            raise error_of(response, repeatable=not request.changes, private=private)
        return response

    def _change_to(self, other: Connection) -> None:
        self.connection = other
        if other.instead_of:
            logger.warning(
                "Twilio takes the pending credentials and refuses the current ones: a rotation is not finished",
                extra={"connection": other.name},
            )

    def _json(self, method: str, path: str, form: bytes | None = None, private: Sequence[str] = ()) -> dict[str, Any]:
        return json_object(self.answer(self._ask(method, path, form), private))

    def _ask(self, method: str, path: str, form: bytes | None = None) -> Request:
        headers = {"Accept": "application/json"} | ({"Content-Type": FORM_TYPE} if form else {})
        return Request(method, self.connection.api_url + path, headers, form)


# The client of a connection, by its name, for the time that the invocation has.
ClientOf = Callable[[str], TwilioClient]
