"""Two clients of a sandbox: the vendor's own SDK, and plain HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import urllib3
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from local.twilio_sandbox.message import API_VERSION
from local.twilio_sandbox.sandbox import TwilioSandbox

TIMEOUT_SECONDS = 10.0
_API = re.compile(r"^https://(api|messaging|webhooks)\.twilio\.com(?=/)")


class _SandboxTransport:
    """The SDK's HTTP client, with requests for the public APIs sent to the sandbox instead."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = TwilioHttpClient(timeout=TIMEOUT_SECONDS)

    def request(self, method: str, url: str, **arguments: object) -> object:
        """Send one request, as `TwilioHttpClient.request` does."""
        return self._http.request(method, _API.sub(self._url, url, 1), **arguments)

    def close(self) -> None:
        self._http.session.close()


class SdkClient:
    """A context manager that gives a `twilio.rest.Client` of the sandbox, with either credential."""

    def __init__(self, twilio: TwilioSandbox, *, api_key: bool = False) -> None:
        self._transport = _SandboxTransport(twilio.url)
        user, password = (
            (twilio.api_key_sid, twilio.api_key_secret) if api_key else (twilio.account_sid, twilio.auth_token)
        )
        self._client = Client(user, password, twilio.account_sid, http_client=self._transport)

    def __enter__(self) -> Client:
        return self._client

    def __exit__(self, *error: object) -> None:
        self._transport.close()


def call(
    twilio: TwilioSandbox,
    method: str,
    resource: str,
    *,
    form: Mapping[str, str] | list[tuple[str, str]] | None = None,
    user: str | None = None,
    password: str | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> urllib3.BaseHTTPResponse:
    """Send one request to a resource of the account, by default with its auth token.

    `resource` is a path below the account, such as `/Messages.json?PageSize=5`, or a host-relative URI
    as the API hands them out.
    """
    path = resource if resource.startswith(f"/{API_VERSION}") else _below_account(twilio, resource)
    credentials = f"{user or twilio.account_sid}:{password or twilio.auth_token}"
    headers = urllib3.make_headers(basic_auth=credentials)
    body = None
    if form is not None:
        body = urlencode(form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    with urllib3.PoolManager(retries=False, timeout=timeout) as http:
        return http.request(method, twilio.url + path, body=body, headers=headers)


def _below_account(twilio: TwilioSandbox, resource: str) -> str:
    return f"/{API_VERSION}/Accounts/{twilio.account_sid}{resource}"
