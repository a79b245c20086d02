"""What AWS's services put into a queue around, or in place of, an input: as their documentation shows it."""

import json
from collections.abc import Callable
from typing import Any

TOPIC = "arn:aws:sns:us-east-2:111122223333:ExampleTopic1"


def sns_notification(message: str) -> dict[str, Any]:
    """Without raw delivery: https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html."""
    return {
        "Type": "Notification",
        "MessageId": "dc1e94d9-56c5-5e96-808d-cc7f68faa162",
        "TopicArn": TOPIC,
        "Subject": "TestSubject",
        "Message": message,
        "Timestamp": "2021-02-16T21:41:19.978Z",
        "SignatureVersion": "1",
        "Signature": "FMG5tlZhJNHLHUXvZgtZzlk24FzVa7oX0T4P03neeXw8ZEXZx6z35j2FOTuNYShn",
        "SigningCertURL": "https://sns.us-east-2.amazonaws.com/SimpleNotificationService-010a507c1833636c.pem",
        "UnsubscribeURL": "https://sns.us-east-2.amazonaws.com/?Action=Unsubscribe",
    }


def eventbridge_event(detail: object) -> dict[str, Any]:
    """A rule's whole event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html."""
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Order Shipped",
        "source": "shop",
        "account": "111122223333",
        "time": "2021-11-12T00:00:00Z",
        "region": "ca-central-1",
        "resources": [],
        "detail": detail,
    }


def sqs_record(body: object) -> dict[str, Any]:
    """As a pipe hands it on: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html."""
    return {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
        "awsRegion": "us-east-2",
    }


# By name, the envelope around an input: what the queue takes out of it.
UNWRAPPED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "an SNS notification": lambda given: sns_notification(json.dumps(given)),
    "an EventBridge event": eventbridge_event,
    "JSON encoded twice": json.dumps,
    "an event through a topic": lambda given: sns_notification(json.dumps(eventbridge_event(given))),
    "a notification encoded twice": lambda given: json.dumps(sns_notification(json.dumps(given))),
    "a topic's encoded text": lambda given: sns_notification(json.dumps(json.dumps(given))),
}
# By name, what the queue refuses, whatever the input is, and what the error names to change.
REFUSED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "an event of another shape": (lambda given: eventbridge_event({"order": given}), "InputTransformer"),
    "an event with more than an input": (lambda given: eventbridge_event({**given, "order": 1}), "InputPath"),
    "a scheduled event": (lambda _: eventbridge_event({}) | {"detail-type": "Scheduled Event"}, "Input"),
    "a schedule's event": (lambda _: eventbridge_event("{}") | {"source": "aws.scheduler"}, "schedule needs an Input"),
    "a topic's plain text": (
        lambda given: sns_notification(str(given.get("message"))),
        "Message of the SNS notification",
    ),
    "a topic's event": (lambda given: sns_notification(json.dumps(eventbridge_event([given]))), "InputTransformer"),
    "a topic's question": (
        lambda _: {"Type": "SubscriptionConfirmation", "TopicArn": TOPIC, "Token": "2336412f", "Message": "You have"},
        "confirm-subscription",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    "an S3 notification": (
        lambda given: {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": str(given.get("message"))}}}]},
        "notification of S3",
    ),
    "a test of S3's": (
        lambda _: {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "amzn-s3-demo-bucket"},
        "notification of S3",
    ),
    # https://github.com/awslabs/amazon-sqs-java-extended-client-lib, and its older name of the class.
    "an S3 pointer": (
        lambda given: [
            "software.amazon.payloadoffloading.PayloadS3Pointer",
            {"s3BucketName": "amzn-s3-demo-bucket", "s3Key": str(given.get("message"))},
        ],
        "extended client",
    ),
    "an older S3 pointer": (
        lambda _: ["com.amazon.sqs.javamessaging.MessageS3Pointer", {"s3BucketName": "b", "s3Key": "k"}],
        "extended client",
    ),
    "SQS's event": (lambda given: {"Records": [sqs_record(json.dumps(given))]}, "for each of its Records"),
    # https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    "SNS's event": (
        lambda given: {"Records": [{"EventSource": "aws:sns", "Sns": sns_notification(json.dumps(given))}]},
        "Sns.Message",
    ),
    "a pipe's record": (sqs_record, "<$.body>"),
    "a received message": (
        lambda given: {"MessageId": "1", "ReceiptHandle": "2", "MD5OfBody": "3", "Body": json.dumps(given)},
        "send only its body",
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    "a record of Lambda's": (
        lambda given: {
            "version": "1.0",
            "timestamp": "2019-11-14T18:16:05.568Z",
            "requestContext": {"requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e", "condition": "Success"},
            "requestPayload": {},
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
            "responsePayload": given,
        },
        "destination",
    ),
    "too many layers": (
        lambda given: json.dumps(json.dumps(json.dumps(json.dumps(json.dumps(given))))),
        "not a JSON object",
    ),
    "an encoded list": (lambda given: json.dumps([given]), "not a JSON object"),
    "an encoded text": (lambda given: str(given.get("message")), "JSON string"),
}
