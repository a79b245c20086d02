"""A secret whose credentials are rotated, a Twilio that takes some of them, and a process between the two."""

import json

from tests.support.fakes import FakeClock, FakeSecrets
from twilio_connector.connections.connection import Connection
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.store import ConnectionStore
from twilio_connector.settings import ConnectionSettings

ACCOUNT_SID, OTHER_ACCOUNT = "AC" + "0" * 32, "AC" + "9" * 32


def basic(token: str, account_sid: str = ACCOUNT_SID) -> str:
    """The text of a secret."""
    return json.dumps({"accountSid": account_sid, "authToken": token})


class RotatingSecret:
    """The secret `default`, whose current version holds `first`; Twilio takes the passwords in `taken`.

    `tried` lists what each request was made with, the last one's alone.
    """

    def __init__(self) -> None:
        self.clock, self.secrets = FakeClock(), FakeSecrets()
        self.taken = {"first"}
        self.tried: list[str] = []
        self.put("AWSCURRENT", basic("first"))
        self.start()

    def start(self) -> None:
        """Begin another process, which knows nothing."""
        cache = SecretCache(self.secrets, "", self.clock)  # type: ignore[arg-type]
        self.store = ConnectionStore(cache, ConnectionSettings(""), self.clock)

    def put(self, stage: str, text: str) -> None:
        """Give the version `stage` the text."""
        self.secrets.put("default", text, stage=stage, created=self.clock.now)

    def request(self) -> bool:
        """Make a request as the Twilio client does: whether Twilio took it."""
        self.tried = []
        connection = self.store.get("default")
        if self._asked(connection):
            return True
        return any(map(self._asked, self.store.others(connection)))

    def reads_of(self, requests: int) -> int:
        """How often so many requests read the secret."""
        before = self.secrets.reads.total()
        for _ in range(requests):
            self.request()
        return self.secrets.reads.total() - before

    def _asked(self, connection: Connection) -> bool:
        assert connection.account_sid == ACCOUNT_SID
        self.tried.append(connection.password)
        if connection.password not in self.taken:
            return False
        self.store.accepted(connection)
        return True
