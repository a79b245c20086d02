"""The budgets of the rooms add up, and fit into the time-outs that the template gives the functions."""

import ast
import math
from pathlib import Path
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support.template import FUNCTIONS, expanded, of_type, template
from twilio_connector import handlers, wiring
from twilio_connector.bus import redelivery
from twilio_connector.handlers import send_sms
from twilio_connector.limits import budget as limits
from twilio_connector.listing import budget as listing
from twilio_connector.polling import budget as polling
from twilio_connector.reading import list_messages
from twilio_connector.reconciling import budget as reconciling
from twilio_connector.sending import budget as sending
from twilio_connector.state import budget as state
from twilio_connector.twilio import request, transport
from twilio_connector.updating import budget as updating
from twilio_connector.webhook import budget as webhook

# Seconds, as docs/webhooks.md and the template have them.
TWILIO_WAITS, EVENT_STREAMS_WAIT = 15.0, 5.0
# How long AWS's SDKs wait for Lambda by default:
# https://repost.aws/knowledge-center/lambda-function-retry-timeout-sdk
JAVA_WAITS, BOTO3_WAITS = 50.0, 60.0
# As AWS has them, under TransactionInProgressException: after that a repeat completes what was left.
DYNAMODB_SETTLES = 5.0


def timeout(function: str) -> float:
    return float(of_type("AWS::Lambda::Function")[function]["Timeout"])


def batch_size(at_once: int) -> int:
    """Of the send queue, by SendsPerBatchAtOnce."""
    condition, one_by_one, else_ = expanded()["SendQueueMapping"]["Properties"]["BatchSize"]["Fn::If"]
    assert template()["Conditions"][condition] == {"Fn::Equals": [{"Ref": "SendsPerBatchAtOnce"}, "1"]}
    return int(one_by_one if at_once == 1 else else_)


def test_a_webhook_is_answered_before_event_streams_lambda_and_twilio_give_up() -> None:
    slowest = webhook.LATEST_START_SECONDS + 2 * webhook.CALL_SECONDS + webhook.SLACK_SECONDS
    assert slowest == pytest.approx(webhook.ANSWER_SECONDS)
    integration = expanded()["WebhookIntegration"]["Properties"]["TimeoutInMillis"] / 1000
    assert webhook.ANSWER_SECONDS < EVENT_STREAMS_WAIT < timeout("WebhookFunction") < integration < TWILIO_WAITS


def test_a_first_call_of_the_webhook_that_is_not_answered_leaves_time_for_a_second() -> None:
    assert webhook.CALL_SECONDS < webhook.LATEST_START_SECONDS


def test_the_bus_and_then_the_queue_can_take_the_outcome_of_the_last_record() -> None:
    assert sending.MIN_PUBLISH_SECONDS >= 2 * sending.CALL_SECONDS


def test_the_event_of_a_direct_caller_s_opt_out_is_stored_before_lambda_ends_the_invocation() -> None:
    assert sending.MIN_TELL_SECONDS - 2 * sending.CALL_SECONDS >= sending.SPARE_SECONDS > wiring.RESERVE_SECONDS
    assert sending.MIN_KEEP_SECONDS - sending.CALL_SECONDS >= sending.SPARE_SECONDS
    assert timeout("SendSmsFunction") / 2 > sending.MIN_TELL_SECONDS


def test_the_first_record_of_the_queue_is_begun_and_searched_for() -> None:
    time_of_one = sending.MIN_SEND_SECONDS + sending.MAX_QUEUE_SEARCH_SECONDS
    assert sending.MIN_PUBLISH_SECONDS < sending.MIN_SEND_SECONDS
    assert time_of_one < timeout("SendSmsFunction")
    assert sending.MIN_SEARCH_SECONDS + sum(sending.SEARCH_PAUSES[:2]) < sending.MAX_QUEUE_SEARCH_SECONDS


@pytest.mark.parametrize("at_once", range(1, 11))
def test_every_record_of_a_batch_is_begun_though_twilio_takes_seconds_for_each(at_once: int) -> None:
    parameter = template()["Parameters"]["SendsPerBatchAtOnce"]
    assert (parameter["MinValue"], parameter["MaxValue"]) == (1, 10)
    rounds = math.ceil(batch_size(at_once) / at_once)
    seconds_to_begin = timeout("SendSmsFunction") - sending.MIN_SEND_SECONDS
    assert rounds == 1 if at_once == parameter["Default"] else seconds_to_begin / rounds >= 4.0


def test_all_of_a_batch_that_are_sent_at_once_have_a_connection_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    most = template()["Parameters"]["SendsPerBatchAtOnce"]["MaxValue"]
    assert transport.pool().connection_pool_kw["maxsize"] >= most
    for client in (send_sms.services.aws.dynamodb, send_sms.services.aws.secrets):
        config: Any = client.meta.config
        assert config.max_pool_connections >= most


def test_an_outcome_waits_for_others_and_can_be_stored_all_the_same() -> None:
    # One that was begun at the last moment, and has missed the bus.
    begun_last = sending.MIN_SEND_SECONDS - sending.MIN_PUBLISH_SECONDS
    assert begun_last >= 9.0
    assert sending.GATHER_SECONDS + sending.CALL_SECONDS <= sending.MIN_PUBLISH_SECONDS


def test_a_direct_call_is_answered_before_the_sdks_of_aws_ask_again() -> None:
    # An opt-out is published if that ends in time.
    assert timeout("SendSmsFunction") - sending.SPARE_SECONDS <= sending.ANSWER_SECONDS
    last_request_ends = sending.DIRECT_SECONDS
    assert last_request_ends < timeout("SendSmsFunction") - wiring.RESERVE_SECONDS
    # A secret is read again; then what became of the send is recorded, and its place given back.
    latest = last_request_ends + sending.CALL_SECONDS + 2 * state.CALL_SECONDS
    assert latest <= sending.ANSWER_SECONDS < timeout("SendSmsFunction") < JAVA_WAITS < BOTO3_WAITS
    # Or, after a search: a claim of what was found that was begun in time, and the record of what was not.
    assert last_request_ends + 3 * state.CALL_SECONDS <= sending.ANSWER_SECONDS
    # A claim that nobody answers, with its place in two counters, after a secret that was hard to read; both are given
    # back, by calls that are not repeated any more.
    claimed = sending.CALL_SECONDS + sending.MAX_CLAIM_SECONDS + 2 * limits.TAKE_SECONDS + state.CALL_SECONDS
    assert claimed <= timeout("SendSmsFunction") - sending.STATE_RESERVE_SECONDS
    assert claimed + 2 * state.CALL_SECONDS <= sending.ANSWER_SECONDS


def test_a_direct_call_can_wait_for_twilio_and_then_search() -> None:
    seconds = sending.DIRECT_SECONDS - request.READ_SECONDS
    assert seconds >= sum(sending.SEARCH_PAUSES[:2]) + 2 * sending.MIN_SEARCH_SECONDS


def test_of_the_receives_of_the_queue_two_come_after_the_hold() -> None:
    queue = of_type("AWS::SQS::Queue")["SendQueue"]
    visibility, receives = queue["VisibilityTimeout"], queue["RedrivePolicy"]["maxReceiveCount"]
    # As Lambda asks: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    assert visibility >= 6 * timeout("SendSmsFunction")
    hold = template()["Parameters"]["UnknownHoldSeconds"]["Default"]
    hold_ends = timeout("SendSmsFunction") + sending.SETTLE_SECONDS + hold
    assert sum(number * visibility >= hold_ends for number in range(receives)) == 2


def test_a_send_is_claimed_until_its_invocation_is_certainly_over() -> None:
    assert sending.SETTLE_SECONDS > wiring.RESERVE_SECONDS
    visibility = of_type("AWS::SQS::Queue")["SendQueue"]["VisibilityTimeout"]
    assert timeout("SendSmsFunction") + sending.SETTLE_SECONDS < visibility


def test_a_poll_begins_pages_during_most_of_its_time() -> None:
    last = timeout("PollFunction") - listing.QUIET_SECONDS - listing.MIN_PAGE_SECONDS
    assert last >= 0.9 * timeout("PollFunction")
    assert listing.QUIET_SECONDS > wiring.RESERVE_SECONDS
    assert listing.LEASE_GRACE_SECONDS > listing.QUIET_SECONDS


def test_the_last_calls_to_the_state_table_end_in_time() -> None:
    assert 2 * state.CALL_SECONDS < listing.STATE_RESERVE_SECONDS < listing.QUIET_SECONDS
    assert state.CALL_SECONDS + sending.CALL_SECONDS <= sending.STATE_RESERVE_SECONDS


def test_a_claim_whose_answer_is_lost_is_settled_and_leaves_time_for_the_send() -> None:
    assert sending.MAX_CLAIM_SECONDS > DYNAMODB_SETTLES + state.CALL_SECONDS
    assert sending.MAX_CLAIM_SECONDS + state.CALL_SECONDS < sending.MIN_SEND_SECONDS - sending.STATE_RESERVE_SECONDS


def test_a_page_that_is_published_is_saved_even_if_that_is_tried_several_times() -> None:
    assert listing.MIN_PAGE_SECONDS - listing.STATE_RESERVE_SECONDS > DYNAMODB_SETTLES + state.CALL_SECONDS


def test_a_reconciliation_begins_pages_during_most_of_its_time_and_can_keep_what_the_bus_refuses() -> None:
    last = timeout("ReconcileFunction") - listing.QUIET_SECONDS - reconciling.MIN_PAGE_SECONDS
    assert last >= 0.85 * timeout("ReconcileFunction")
    assert reconciling.MIN_PAGE_SECONDS > 2 * reconciling.KEEP_SECONDS
    assert reconciling.MIN_PAGE_SECONDS - listing.STATE_RESERVE_SECONDS > DYNAMODB_SETTLES + state.CALL_SECONDS


def test_what_polls_remember_outlasts_what_they_can_meet_again() -> None:
    assert listing.UNDATED_SECONDS < listing.UNDATED_MEMORY_SECONDS < polling.LOOK_BACK_SECONDS
    assert listing.CHUNK_SECONDS >= listing.UNDATED_MEMORY_SECONDS


def test_a_redelivery_is_begun_only_if_bus_and_queue_can_both_be_called() -> None:
    call = redelivery.AWS_CONNECT_SECONDS + redelivery.AWS_READ_SECONDS
    assert 2 * call < redelivery.MIN_REDELIVERY_SECONDS < timeout("RedeliverFunction") / 2


def test_a_list_reads_several_pages_before_it_stops() -> None:
    assert timeout("ListMessagesFunction") / 2 > list_messages.MIN_PAGE_SECONDS + wiring.RESERVE_SECONDS


def test_a_change_whose_first_answer_is_lost_is_read_back_asked_for_again_and_read_back() -> None:
    left = timeout("UpdateMessageFunction") - wiring.RESERVE_SECONDS - request.READ_SECONDS
    assert left >= updating.READ_BACK_SECONDS + updating.MIN_REQUEST_SECONDS + updating.READ_BACK_SECONDS
    assert timeout("UpdateMessageFunction") < JAVA_WAITS


@pytest.mark.parametrize("job", FUNCTIONS.values())
def test_a_handler_defines_no_seconds_of_its_own(job: str) -> None:
    sources = (PROJECT_ROOT / "functions" / job / "app.py", Path(handlers.__file__).with_name(f"{job}.py"))
    numbers: set[Any] = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
    }
    # A single attempt, and milliseconds in a second.
    assert numbers <= {1, 1000}
