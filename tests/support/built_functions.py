"""The functions as `sam build` makes them, each under Lambda's runtime client, around one local AWS and one sandbox."""

import re
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from local import sam
from local.aws import DEFAULT_CONNECTION_PREFIX, LocalAws
from local.lambda_process import LambdaProcess
from local.twilio_sandbox import TwilioSandbox
from tests.support.world import TABLE, create_table

BODY = "Meet me at the usual place."
RECIPIENT = "(555) 123-4567"
SENDER = "+15558675309"
SEND: dict[str, Any] = {"to": RECIPIENT, "from": SENDER, "message": BODY}

REFUSED_TOKEN = "a-token-of-no-account"
MALFORMED_SECRET = "a-secret-with-blanks in-it"


class BuiltFunctions:
    """A context manager. Processes start when they are first asked for and end with it.

    Its connections: `default`, `refused` by Twilio, and `malformed`.
    """

    def __init__(self) -> None:
        self.twilio = TwilioSandbox(status_delay=None)
        self.aws = LocalAws()
        self._context = ExitStack()
        self._processes: dict[str, LambdaProcess] = {}

    def __enter__(self) -> Self:
        with ExitStack() as context:
            context.enter_context(self.twilio)
            context.enter_context(self.aws)
            self._put_connections()
            create_table(self.aws.session.client("dynamodb"))
            self._context = context.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()

    def process(self, function: str, instance: str = "", **environment: str) -> LambdaProcess:
        """The process of a function, by its logical ID; each `instance` is another, with variables of its own."""
        name = f"{function} {instance}"
        if name not in self._processes:
            built = sam.build().parent
            variables = {
                "AWS_ENDPOINT_URL": self.aws.url,
                "CONNECTION_PREFIX": DEFAULT_CONNECTION_PREFIX,
                "TWILIO_API_URL": self.twilio.url,
                "STATE_TABLE_NAME": TABLE,
                "UNKNOWN_HOLD_SECONDS": "900",
                **environment,
            }
            process = LambdaProcess(built / function, built / "TwilioConnectorLayer" / "python", variables)
            self._processes[name] = self._context.enter_context(process)
        return self._processes[name]

    def _put_connections(self) -> None:
        twilio = self.twilio
        key = {"apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
        self.aws.put_connection("default", {"accountSid": twilio.account_sid, "authToken": twilio.auth_token, **key})
        self.aws.put_connection("refused", {"accountSid": twilio.account_sid, "authToken": REFUSED_TOKEN})
        self.aws.put_connection("malformed", {"accountSid": twilio.account_sid, "authToken": MALFORMED_SECRET})

    def secrets_told(self, text: str) -> list[str]:
        """What of the sends and of the connections' secrets a text gives away; numbers however they are written."""
        twilio = self.twilio
        secrets = [BODY, REFUSED_TOKEN, MALFORMED_SECRET, twilio.auth_token, twilio.api_key_secret]
        digits = re.sub(r"[\s().+-]", "", text)
        numbers = [re.sub(r"\D", "", number) for number in (RECIPIENT, SENDER)]
        return [secret for secret in secrets if secret in text] + [number for number in numbers if number in digits]
