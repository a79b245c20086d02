"""What the pages say of sends is what the code does: their inputs, and how errors end in the send queue."""

import re

from local.sam import PROJECT_ROOT
from twilio_connector import errors
from twilio_connector.sending.inputs import MAX_BODY, MAX_KEY, MAX_MEDIA, MAX_VALIDITY, SEND_INPUTS
from twilio_connector.sending.outcomes import FAILURES_OF_THE_MESSAGE

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


def test_the_table_of_inputs_has_all_that_send_sms_takes_with_their_limits() -> None:
    page = (PROJECT_ROOT / "docs" / "functions.md").read_text()
    table = page.partition(" SendSmsFunction\n")[2].partition("\n#")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(SEND_INPUTS)
    for limit in (MAX_BODY, MAX_MEDIA, MAX_VALIDITY, MAX_KEY):
        assert f"{limit:,}" in table
