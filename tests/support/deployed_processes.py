"""Processes of functions on the local AWS, which starts one for every call that finds none at rest."""

from concurrent.futures import ThreadPoolExecutor

from local.aws import LocalAws
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_webhooks import api_key_of, inbound, post_webhook


def start_processes(aws: LocalAws, twilio: TwilioSandbox, at_once: int) -> None:
    """Start as many processes of webhook and send_sms as a test keeps busy.

    On AWS each of them has a processor of its own. Here all that start at once share a few, and what they ask of AWS
    would take longer than the second that the webhook allows.
    """
    aws.put_connection("silent", api_key_of(twilio))  # Without an auth token sends ask for no callbacks.
    text = {
        "to": SANDBOX_RECIPIENT,
        "from": SANDBOX_SENDER,
        "message": "Nobody reports on this",
        "connection": "silent",
    }
    with ThreadPoolExecutor(at_once) as callers:
        list(callers.map(lambda _: aws.invoke("SendSmsFunction", text), range(at_once)))
        list(callers.map(lambda _: post_webhook(aws, inbound(twilio), "forged", "silent"), range(at_once)))
