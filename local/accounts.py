"""The Twilio account behind a local stack: the sandbox's, or a real one from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from local.aws import LocalAws
from local.twilio_sandbox import TwilioSandbox

CONNECTION = "default"


class CredentialsMissingError(Exception):
    """The environment names an account, but no credentials for it."""


@dataclass(frozen=True)
class RealAccount:
    """A Twilio account as the environment describes it, by the names that Twilio's own tools use.

    `secret` is the connection's; `sender` and `recipient` are needed for a send, and may be absent.
    """

    secret: Mapping[str, str] = field(repr=False)
    sender: str | None = field(repr=False)
    recipient: str | None = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """Returns the account of `TWILIO_ACCOUNT_SID`, or None if that is not set.

        Raises CredentialsMissingError unless `TWILIO_AUTH_TOKEN`, or `TWILIO_API_KEY_SID` and
        `TWILIO_API_KEY_SECRET`, are set too.
        """
        if not environment.get("TWILIO_ACCOUNT_SID"):
            return None
        names = {
            "accountSid": "TWILIO_ACCOUNT_SID",
            "authToken": "TWILIO_AUTH_TOKEN",
            "apiKeySid": "TWILIO_API_KEY_SID",
            "apiKeySecret": "TWILIO_API_KEY_SECRET",
            "region": "TWILIO_REGION",
            "edge": "TWILIO_EDGE",
        }
        secret = {key: environment[name] for key, name in names.items() if environment.get(name)}
        if "authToken" not in secret and not {"apiKeySid", "apiKeySecret"} <= secret.keys():
            raise CredentialsMissingError(
                "TWILIO_ACCOUNT_SID is set, so set TWILIO_AUTH_TOKEN, or TWILIO_API_KEY_SID and "
                "TWILIO_API_KEY_SECRET; or unset it to use the sandbox."
            )
        return cls(secret, environment.get("TWILIO_FROM"), environment.get("TWILIO_TO"))


def connect_sandbox(aws: LocalAws, twilio: TwilioSandbox) -> None:
    """Stores the sandbox's credentials as the default connection, and routes its webhooks to the stack's API."""
    aws.put_connection(
        CONNECTION,
        {
            "accountSid": twilio.account_sid,
            "apiKeySid": twilio.api_key_sid,
            "apiKeySecret": twilio.api_key_secret,
            "authToken": twilio.auth_token,
        },
    )
    twilio.map_host(aws.api_host, aws.url, host_header=aws.api_host_header)
