"""`make connect` on the deployed stack: Twilio's SDK reads what it sets, and the doctor is content with it."""

import pytest

from local.aws import LocalAws
from local.bus import BusWatcher
from local.twilio_sandbox import MessagingService, OwnedNumber, TwilioSandbox
from local.twilio_sandbox.clients import SdkClient
from operations.connect.main import main
from operations.doctor.main import main as doctor
from tests.support.deployed_breakages import owning
from tests.support.deployed_commands import Operator

FORMER = "https://former.example.com/in"
NUMBER = "+15558675309"


@pytest.mark.endurance
def test_a_number_and_a_service_are_connected_receive_and_are_put_back(
    operator: Operator, aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    service = MessagingService("of the test", FORMER)
    right = f"{aws.outputs['WebhookUrl']}#rc=5&rp=all"
    twilio.messaging_services.append(service)
    targets = [["--number", NUMBER], ["--service", service.sid]]
    try:
        with owning(twilio, OwnedNumber(NUMBER, FORMER, sms_method="GET")), SdkClient(twilio) as sdk:
            outcomes = [operator.run(main, *target, "--yes") for target in targets]
            assert [status for status, _ in outcomes] == [0, 0], outcomes
            [number], [changed] = sdk.incoming_phone_numbers.list(), sdk.messaging.v1.services.list()
            assert (number.sms_url, number.sms_method) == (right, "POST")
            assert (changed.inbound_request_url, changed.inbound_method) == (right, "POST")

            sid = twilio.receive(from_="+15551234567", to=NUMBER, body="connected", webhook_url=number.sms_url)
            watcher.wait_for(lambda event: event.detail["id"] == sid)
            _, examined = operator.run(doctor, "--deliver-to", aws.api_url)
            assert "ok    numbers default: All 1 send inbound texts to the webhook.\n" in examined
            assert "ok    messaging services default: All 1 send inbound texts to the webhook.\n" in examined

            # Again, with a fallback: what was there first is what comes back, and no more is kept.
            again = [operator.run(main, *target, "--yes", "--fallback", FORMER) for target in targets]
            restored = [operator.run(main, *target, "--yes", "--restore") for target in targets]
            assert [status for status, _ in [*again, *restored]] == [0, 0, 0, 0], [again, restored]
            [number], [changed] = sdk.incoming_phone_numbers.list(), sdk.messaging.v1.services.list()
            assert (number.sms_url, number.sms_method, number.sms_fallback_url) == (FORMER, "GET", "")
            assert (changed.inbound_request_url, changed.fallback_url) == (FORMER, None)
            assert [operator.run(main, *target, "--yes", "--restore")[0] for target in targets] == [1, 1]
    finally:
        twilio.messaging_services.remove(service)
