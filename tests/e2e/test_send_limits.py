"""The owner's limits in the deployed stack: sends and raw requests at once, each under a role of its own."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.aws import FunctionError, LocalAws
from local.stage import SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_configuration import configured

AS_FORM = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
RECIPIENT, LIMIT, CALLS = "+15551230001", 4, 10


@pytest.mark.endurance
def test_of_sends_and_raw_requests_at_once_as_many_are_sent_as_the_limits_allow(
    aws: LocalAws, twilio: TwilioSandbox
) -> None:
    form = {"To": RECIPIENT, "From": SANDBOX_SENDER, "Body": "limited"}
    raw = {"url": "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", "method": "POST", "data": form, **AS_FORM}
    text = {"to": RECIPIENT, "from": SANDBOX_SENDER, "message": "limited"}

    def outcome(number: int) -> str:
        try:
            aws.invoke(*(("RawRequestFunction", raw) if number % 2 else ("SendSmsFunction", text)))
        except FunctionError as exc:
            return exc.error_type
        return ""

    limits = {"MAX_SENDS_PER_RECIPIENT_PER_HOUR": str(LIMIT), "MAX_SENDS_PER_DAY": "100", "ALLOWED_COUNTRIES": "US"}
    with configured(aws, ["SendSmsFunction", "RawRequestFunction"], None, **limits):
        with ThreadPoolExecutor(CALLS) as threads:
            outcomes = Counter(threads.map(outcome, range(CALLS)))
        text["to"] = form["To"] = "+447911123456"
        elsewhere = [outcome(number) for number in range(2)]

    # At the full hour as many are allowed again.
    sent = sum(message.to == RECIPIENT for message in twilio.messages)
    assert LIMIT <= sent <= 2 * LIMIT
    assert outcomes == {"": sent, "SendLimitError": CALLS - sent}
    assert elsewhere == ["RecipientNotAllowedError"] * 2
