"""What docs/sending.md says of errors is what the send queue does."""

import re

from local.sam import PROJECT_ROOT
from twilio_connector import errors
from twilio_connector.sending.queue import FAILURES_OF_THE_MESSAGE

ROWS = [
    line.split("|")[1:3]
    for line in (PROJECT_ROOT / "docs" / "sending.md").read_text().splitlines()
    if re.match(r"\| `\w+Error`", line)
]


def test_each_error_ends_in_the_queue_as_the_table_says() -> None:
    told = {name: "Failed" in outcome for names, outcome in ROWS for name in re.findall(r"`(\w+)`", names)}
    assert told == {name: issubclass(getattr(errors, name), FAILURES_OF_THE_MESSAGE) for name in told}
    failures = {kind.__name__ for kind in FAILURES_OF_THE_MESSAGE}
    assert failures <= told.keys()
