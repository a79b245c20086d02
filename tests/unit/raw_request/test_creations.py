"""The table of POST operations: complete against Twilio's own SDK, and what it says of those that reach people."""

from collections import Counter

import pytest

from tests.support.sdk_operations import posts
from twilio_connector.raw_request import creations
from twilio_connector.raw_request.creations import CREATES, REACHES, SETS, operations, reaches_people, verdicts_on
from twilio_connector.raw_request.request import METHODS
from twilio_connector.raw_request.url import PRODUCTS

API = "https://api.twilio.com"
SECTIONS = ["api", *sorted(PRODUCTS)]
# The operations of Twilio's API descriptions, and those that only its SDK knows.
DESCRIBED, IN_THE_SDK_ONLY = 484, 47


def table() -> list[tuple[str, str, str]]:
    return [(product, verdict, path) for product in SECTIONS for verdict, path in operations(product)]


def url_of(product: str, path: str) -> str:
    """A URL that *path* means."""
    return f"https://{product}.twilio.com{path.replace('{}', 'XX0123')}"


def test_the_table_is_sorted_complete_and_free_of_contradictions() -> None:
    lines = [line for line in creations.TABLE.read_text().splitlines() if line and not line.startswith("#")]
    sections = [line[1:-1] for line in lines if line.startswith("[")]
    assert sections == sorted(sections)
    assert set(sections) <= set(SECTIONS)
    assert len(lines) - len(sections) == len(table()) == DESCRIBED + IN_THE_SDK_ONLY
    for product in SECTIONS:
        assert operations(product) == sorted(operations(product))
    assert max(Counter((product, path) for product, _, path in table()).values()) == 1
    for product, verdict, path in table():
        assert verdict in (REACHES, CREATES, SETS)
        assert verdicts_on(url_of(product, path), API) >= {verdict}, "read otherwise than it is written"


# To read all of the SDK takes seconds.
@pytest.mark.parametrize(
    ("domains", "least"), [("[mv]*", 50), pytest.param("*", 500, marks=pytest.mark.endurance)], ids=["some", "all"]
)
def test_every_operation_of_twilios_own_sdk_has_a_verdict(domains: str, least: int) -> None:
    assert len(posts(domains)) > least, "this looks at the wrong place"
    assert posts(domains) - {(product, path) for product, _, path in table()} == set()


def test_what_the_sdk_calls_a_send_or_a_call_reaches_people() -> None:
    last = {path.rpartition("/")[2] for _, verdict, path in table() if verdict == REACHES}
    assert {"Messages", "Calls", "Verifications", "Executions", "Notifications", "SmsCommands", "Commands"} <= last
    tells = ("Messages", "Calls", "Verifications", "Executions", "Engagements", "MessageInteractions", "Challenges")
    spared = {(product, path) for product, verdict, path in table() if path.endswith(tells) and verdict != REACHES}
    assert spared == {
        # A browser's passkey, numbers for Twilio's staff to verify, rules about transcripts; to programs, not people.
        ("verify", "/v2/Services/{}/Passkeys/Challenges"),
        ("messaging", "/v1/Tollfree/Verifications"),
        ("api", "/2010-04-01/Accounts/{}/Calls/{}/UserDefinedMessages"),
        ("intelligence", "/v3/RuleExecutions"),
        ("sync", "/v1/Services/{}/Streams/{}/Messages"),
    }


@pytest.mark.parametrize(
    "url",
    [
        f"{API}/2010-04-01/Accounts/AC0/Calls.json",
        f"{API}/2010-04-01/Accounts/AC0/Calls",
        f"{API}/2010-04-01/Accounts/AC0/calls.xml?x=y",
        f"{API}/2010-04-01/Accounts/AC0/%43alls.json/",
        f"{API}/2010-04-01/Accounts/AC0/Conferences/CF0/Participants.json",
        f"{API}/2010-04-01/Accounts/AC0/OutgoingCallerIds.json",
        "https://verify.twilio.com/v2/Services/VA0/Verifications",
        "https://verify.dublin.ie1.twilio.com/v2/Services/VA0/Verifications",
        "https://studio.twilio.com/v2/Flows/FW0/Executions",
        "https://numbers.twilio.com/v1/CallerIds/VoiceVerifications",
        # What nobody knows.
        f"{API}/2010-04-01/Accounts/AC0/Faxes.json",
        f"{API}/2010-04-01/Accounts/AC0/SMS/Messages.json",
        f"{API}/2011-01-01/Accounts/AC0/Queues.json",
        f"{API}/v1/Services",
        f"{API}/",
        "https://verify.twilio.com/v9/Services",
        "https://monitor.twilio.com/v1/Alerts",
        # What could be read as another path.
        f"{API}/2010-04-01/Accounts/AC0%2FMessages.json",
        f"{API}/2010-04-01/Accounts/AC0%2FCalls.json",
        f"{API}/2010-04-01/Accounts/AC0/Queues%20.json",
        f"{API}/2010-04-01/Accounts/AC0/Messages/.json",
        f"{API}/2010-04-01/Accounts/AC0/Messages/%20",
        f"{API}/2010-04-01/Accounts/AC0/Messages;x=y/SM0",
        f"{API}/2010-04-01/Accounts/AC0/Calls.json%3Fx/Recordings.json",
    ],
)
def test_a_post_that_reaches_somebody_or_may_do_so_counts_however_it_is_spelt(url: str) -> None:
    assert [method for method in METHODS if reaches_people(method, url, API)] == ["POST"]


@pytest.mark.parametrize(
    "url",
    [
        f"{API}/2010-04-01/Accounts/AC0/Queues.json",
        f"{API}/2010-04-01/Accounts/AC0/Messages/SM0.json",
        f"{API}/2010-04-01/Accounts/AC0/Messages/SM0",
        f"{API}/2010-04-01/Accounts/AC0/IncomingPhoneNumbers.json?x=/Messages.json",
        "https://verify.twilio.com/v2/Services",
        "https://verify.dublin.ie1.twilio.com/v2/Services/VA0/Verifications/VE0",
        "https://sync.twilio.com/v1/Services/IS0/Documents/M%C3%BCller",
    ],
)
def test_other_known_posts_reach_nobody(url: str) -> None:
    assert not reaches_people("POST", url, API)


@pytest.mark.parametrize("own", ["http://127.0.0.1:4010", "https://api.dublin.ie1.twilio.com"])
def test_the_connections_own_origin_is_that_of_the_api(own: str) -> None:
    assert not reaches_people("POST", f"{own}/2010-04-01/Accounts/AC0/Queues.json", own)
    assert reaches_people("POST", f"{own}/2010-04-01/Accounts/AC0/Calls.json", own)
