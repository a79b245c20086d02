"""The commands of docs/privacy.md remove what Twilio has of one person, and nobody else's."""

from datetime import UTC, datetime

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from local.twilio_sandbox import TwilioSandbox
from tests.support.documents import commands, run

pytestmark = pytest.mark.docs

PERSON, OTHER = "+15557654321", "+15557654320"
TEXT = "Something about one person alone"


@pytest.mark.endurance
def test_what_the_page_does_leaves_nothing_of_the_person_at_twilio(aws: LocalAws, twilio: TwilioSandbox) -> None:
    now = datetime.now(UTC)
    for person in (PERSON, OTHER):
        twilio.add(to=person, body=TEXT, status="delivered", date_sent=now)
        twilio.add(from_=person, body=TEXT, direction="inbound", status="received", date_sent=now)
        twilio.add(to=person, body=TEXT, status="scheduled", date_sent=None)
    # A poll that filters by the number: its cursor is what the page's last command is there to show.
    aws.invoke("PollFunction", {"from": PERSON})

    printed = run("\n".join(commands(PROJECT_ROOT / "docs" / "privacy.md")), aws.environment)

    left = [message for message in twilio.messages if message.body == TEXT]
    assert len(left) == 3
    assert all(OTHER in (message.to, message.from_) for message in left)
    assert "is not gone yet" not in printed
    assert f"poll#default#{PERSON}#" in printed
