"""Where less is promised than nothing lost and nothing doubled: what that is, after which faults, by which sentence."""

from typing import NamedTuple

from tests.support.call_faults import Fault

# Of those its caller cannot know whether the call was carried out.
LOST = {fault for fault in Fault if fault.is_done}
ALL = set(Fault)
AGAIN = "the undelivered queue, has taken without an answer is published again, with the same `id`"


class Weaker(NamedTuple):
    """*what* there is instead, after which *faults*, and the *sentence* of `docs/guarantees.md` that says so."""

    what: str
    faults: set[Fault]
    sentence: str


WEAKER = {
    "counted too many": Weaker(
        "A text counts that was not sent",
        ALL,
        "reached exactly where nothing is killed or unknown, and DynamoDB takes back what was not sent",
    ),
    "opt-out not told": Weaker(
        "The event of an opt-out is lost",
        ALL,
        "Whether the event of an opt-out can be published changes neither an acknowledgement nor the outcome of a send",
    ),
    "opt-out told twice": Weaker("An opt-out is told twice", LOST, AGAIN),
    "outcome not counted": Weaker(
        "The end of a message is not counted", ALL, "What could not be counted when it was published is never counted"
    ),
    "outcome told twice": Weaker("What became of a queued send is told twice", LOST, AGAIN),
    "polled twice": Weaker(
        "Messages are published twice",
        ALL,
        "None is published twice, except at most a page after a crash, or a minute without DynamoDB (less at the "
        "end of a run), between publishing and saving, and except what was in calls of `PutEvents`, or to the "
        "undelivered queue, whose answers were lost",
    ),
    "raw not sent": Weaker(
        "It is not known whether a raw request has texted: it has not",
        LOST | {Fault.TIMED_OUT, Fault.RESET, Fault.FAILED},
        "raw_request repeats no `POST` that may have texted or called somebody",
    ),
    "raw unknown": Weaker(
        "It is not known whether a raw request has texted: it has",
        LOST,
        "raw_request repeats no `POST` that may have texted or called somebody",
    ),
    "reconciled twice": Weaker(
        "Statuses are published twice",
        ALL,
        "What the overlap of passes repeats is published once, except at most a page after a crash, or a minute "
        "without DynamoDB (less at the end of a run), between publishing and saving, and except what was in calls of "
        "`PutEvents`, or to the undelivered queue, whose answers were lost",
    ),
    "redelivered twice": Weaker("An event is redelivered twice", LOST, AGAIN),
    "webhook late": Weaker(
        "A webhook is refused at first, because the secret could not be read",
        ALL,
        "Where that reading fails, the process answers 503 to the webhooks which need it, and reads again",
    ),
    "webhook twice": Weaker("A webhook is published twice", LOST, AGAIN),
}


def sentence_of(deviation: str) -> str:
    """The sentence that allows it."""
    return WEAKER[deviation].sentence
