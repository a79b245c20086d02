"""What AWS's services wrap an input in on its way to the send queue.

An envelope is recognised by keys that only its service writes and no input of send_sms has. It is unwrapped where it
holds, word for word, what its sender meant to be the message: SNS's ``Message``, EventBridge's ``detail`` if that is an
input, JSON in a JSON string. Every other one is refused, with what to change at its source.

Why: docs/decisions.md#2026-11-28-the-send-queue-unwraps-envelopes-that-hold-the-input-word-for-word
"""

from typing import Any

from twilio_connector.errors import InvalidInputError
from twilio_connector.sending.inputs import SEND_INPUTS
from twilio_connector.strict_json import parse_json

# An event that went through a topic and was encoded once more on its way has three.
MAX_LAYERS = 4
INPUTS = frozenset({"connection", *SEND_INPUTS})


def unwrapped(document: Any, layers: int = MAX_LAYERS) -> dict[str, Any]:
    """The input that *document* is, or holds in at most so many *layers*.

    An object with ``to`` is an input, whatever else it holds. Raises :class:`InvalidInputError` for what is neither an
    object nor unwrapped; it quotes nothing of *document*.
    """
    match document:
        case {"to": _}:
            return dict(document)
        # https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
        case {"Type": "Notification", "TopicArn": str(), "Message": str(message)} if layers:
            return unwrapped(_read(message, "The Message of the SNS notification in the queue"), layers - 1)
        case str(text) if layers:
            return unwrapped(_read(text, "The JSON string in the queue"), layers - 1)
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
        case {"detail-type": str(), "source": str(), "detail": {"to": _} as detail} if detail.keys() <= INPUTS:
            return dict(detail)
    if refusal := _refusal(document):
        raise InvalidInputError(f"The message in the queue is {refusal}.")
    return dict(document)


def _read(text: str, what: str) -> Any:
    try:
        return parse_json(text)
    except ValueError as exc:
        raise InvalidInputError(f"{what} cannot be read: {exc}.") from exc


def _refusal(document: Any) -> str:
    """What *document* is, if it is not an input, and what to change; empty for an object without an envelope."""
    match document:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
        case {"detail-type": str(), "source": str(), "detail": _}:
            return (
                "an EventBridge event whose detail is not an input of send_sms: build one with an InputTransformer, or "
                "set the target's InputPath to the part that is one, such as $.detail; a schedule needs an Input"
            )
        # https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
        case {"Type": "SubscriptionConfirmation" | "UnsubscribeConfirmation", "TopicArn": str(), "Token": str()}:
            return "SNS's request to confirm a subscription: confirm it with its Token (aws sns confirm-subscription)"
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-enable-disable-notification-intro.html
        case {"Records": [{"eventSource": "aws:s3"}, *_]} | {"Event": "s3:TestEvent", "Bucket": str()}:
            return "a notification of S3, which names an object but no text: have a function of yours build the input"
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-s3-messages.html
        case [str(kind), {"s3BucketName": str(), "s3Key": str()}] if kind.endswith("S3Pointer"):
            return "a pointer of the SQS extended client to an object in S3: send the input itself, without that client"
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
        case {"Records": [{"eventSource": str()} | {"EventSource": str()}, *_]}:
            return (
                "an event as Lambda passes it to a function: send one message for each of its Records, with its body "
                "(SQS) or its Sns.Message (SNS)"
            )
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html
        case {"eventSource": "aws:sqs", "messageId": str(), "body": _} | {
            "MessageId": str(),
            "ReceiptHandle": str(),
            "Body": _,
        }:
            return "a whole message of another queue: send only its body, in a pipe with the input template <$.body>"
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        case {"requestContext": dict(), "requestPayload": _, "responseContext": _}:
            return "Lambda's record of an invocation: have the function send the input itself, not its destination"
        case dict():
            return ""
    return "not a JSON object, which an input of send_sms is"
