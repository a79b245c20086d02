"""What may happen in the model of sends: calls under a few keys, and all that they may meet."""

from dataclasses import dataclass
from typing import NamedTuple

from hypothesis import strategies as st

from tests.support.send_fakes import Answer
from twilio_connector.sending.budget import SENT_SECONDS

HOLD, SECONDS = 900, 28.0
DAY = SENT_SECONDS + SECONDS
TEXT, OTHER_TEXT = "A private text", "Another private text"


class Request(NamedTuple):
    """What is sent, and under which key. Connections are of one account, recipient and sender always the same."""

    connection: str
    key: str
    content: dict[str, str]

    @property
    def text(self) -> str:
        """The text that the recipient reads: Twilio fills a template in with just that of others."""
        return self.content.get("message", TEXT)

    @property
    def media(self) -> str:
        """The media that the recipient gets."""
        return self.content.get("mediaUrl", "")

    @property
    def is_recognisable(self) -> bool:
        """Whether it can be searched for."""
        return "message" in self.content


FIRST = Request("default", "order-1", {"message": TEXT})
SECOND = Request("default", "order-2", {"message": TEXT})
TWIN = Request("twin", "order-1", {"message": TEXT})
TEMPLATE = Request("default", "order-3", {"contentSid": "HX" + "0" * 32})
OTHER = Request("default", "order-4", {"message": OTHER_TEXT})
PICTURE = Request("default", "order-5", {"message": TEXT, "mediaUrl": "https://example.com/1.jpg"})
OTHER_PICTURE = Request("default", "order-6", {"message": TEXT, "mediaUrl": "https://example.com/2.jpg"})
# One or two a history, so that they meet one another and get far.
REQUESTS = st.sampled_from(
    [
        [FIRST],
        [FIRST, SECOND],
        [FIRST, TWIN],
        [FIRST, TEMPLATE],
        [FIRST, OTHER],
        [FIRST, PICTURE],
        [PICTURE, OTHER_PICTURE],
    ]
)


@dataclass(frozen=True)
class Call:
    """One invocation: which of the history's requests it makes, and what that meets.

    Its message is listed after *lag* seconds. *fault* is the n-th call of a kind, which fails; one of DynamoDB's that
    is only ``throttled`` fails once.
    """

    which: int
    answer: Answer
    lag: float
    fault: tuple[str, int] | None


CALLS = st.builds(
    Call,
    which=st.integers(0, 1),
    answer=st.sampled_from([Answer.CREATED, Answer.LOST, Answer.LOST, Answer.FAILED, Answer.FAILED, *Answer]),
    # All messages are listed before the hold of their attempt ends.
    lag=st.sampled_from([0.0, 60.0, HOLD - 1.0]),
    fault=st.sampled_from(
        [None] * 12
        + [("page", 1), ("page", 2)]
        + [(kind, number) for kind in ("dynamodb", "dynamodb_done", "throttled") for number in (1, 2, 3, 4)]
    ),
)
# What passes before a call: mostly nothing; else the time of a holder, the hold, the memory of what was sent.
WAITS = st.sampled_from([0, 0, 0, 0, 0, 10, SECONDS + 8, HOLD, HOLD, HOLD, DAY])
# Where a call stops while others go on.
STOPS = st.sampled_from(["create", "created", "page", "dynamodb", "dynamodb_done"])
