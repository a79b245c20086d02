"""Messages as Twilio has them: their courses, how its API shows them, what its webhooks say of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from tests.simulation.surroundings import Invocation
from tests.support.poll_fakes import ACCOUNT
from tests.support.reconcile_fakes import LivingRow

PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
SENDER = "+15550000001"
FAILED_BY = {"undelivered": 30005, "failed": 30008}


@dataclass
class SimulatedRow(LivingRow):
    """A message. One that was asked for by the stack has the *mark* of its key, and the *maker* that asked for it.

    It is not shown from *hidden* to *shown*, and never again once it is *gone*.
    """

    body: str = ""
    media: int = 0
    mark: str = ""
    maker: Invocation | None = None
    callback_url: str = ""
    made: float = 0.0
    hidden: float = 0.0
    shown: float = 0.0
    gone: bool = False
    changed: float = 0.0
    # How often it changed without a new status.
    touches: int = 0

    @property
    def surely_listed(self) -> float:
        """From when on lists show it for good."""
        return max(self.listed_at, self.shown)

    def is_shown(self, now: float) -> bool:
        """Whether lists show it now."""
        return self.listed_at <= now and not self.hidden <= now < self.shown and not self.gone

    def resource(self) -> dict[str, Any]:
        """The message as Twilio's API shows it."""
        error = FAILED_BY.get(self.status)
        return {
            "sid": self.sid,
            "status": self.status,
            "direction": "outbound-api" if self.is_outbound else "inbound",
            "from": SENDER if self.is_outbound else self.to,
            "to": self.to if self.is_outbound else SENDER,
            "body": self.body,
            "num_media": str(self.media),
            "messaging_service_sid": None,
            "error_code": error,
            "error_message": "Failed" if error else None,
            "date_created": _date(self.created),
            "date_sent": _date(self.sent),
            "date_updated": _date(self.updated),
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "uri": f"{PATH}/{self.sid}.json",
        }

    def parameters(self) -> dict[str, str]:
        """The parameters of the callback of its present status, or of the webhook of its arrival."""
        common = {"MessageSid": self.sid, "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01"}
        if not self.is_outbound:
            return {**common, "SmsStatus": "received", "From": self.to, "To": SENDER, "Body": self.body}
        error = FAILED_BY.get(self.status)
        said = {**common, "MessageStatus": self.status, "From": SENDER, "To": self.to}
        return said | ({"ErrorCode": str(error)} if error else {})


@lru_cache(maxsize=1024)
def _date(second: int | None) -> str | None:
    return format_datetime(datetime.fromtimestamp(second, UTC)) if second is not None else None
