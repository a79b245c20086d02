"""Bodies of the send queue: an input is one, an envelope gives it word for word, fixed words refuse all else."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.fuzz.reading import seed
from tests.support.envelopes import REFUSED, UNWRAPPED
from tests.support.queue_inputs import BROKEN, NUMBERS
from twilio_connector.bus.event import MAX_BYTES, Event, EventTooLargeError
from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import NAME_LIKE, Inputs
from twilio_connector.invocation.sqs_batch import SqsRecord, records_of
from twilio_connector.sending.envelopes import INPUTS, MAX_LAYERS
from twilio_connector.sending.inputs import MAX_KEY, SEND_INPUTS, idempotency_key, message_parameters
from twilio_connector.sending.outcomes import QueuedInput, failed_event, sent_event
from twilio_connector.strict_json import parse_json

IS_JSON = True
DICTIONARY = (
    *(f'"{name}"' for name in sorted(INPUTS)),
    *("Type", "Notification", "TopicArn", "Message", "detail-type", "source", "detail", "Records", "eventSource"),
    *("EventSource", "aws:sqs", "aws:s3", "messageId", "body", "MessageId", "ReceiptHandle", "Body", "S3Pointer"),
    *("s3BucketName", "s3Key", "requestContext", "requestPayload", "responseContext", "SubscriptionConfirmation"),
    *("+15551234567", "MG00000000000000000000000000000000", "\ud800", "1e999", "NaN", "9223372036854775808"),
)
INPUT = {"to": "+15551234567", "from": "+15555551234", "message": "Hello from Acme!", "connection": "sales"}
DIGITS = {"to": "15551234567", "from": "15558675309", "message": "1234567"}
UNREADABLE = (
    r"what follows its first [\d,]+ characters is not JSON|it is nested too deeply"
    r"|(?:NaN|-?Infinity) is not JSON|a number in it is out of range|a whole number in it is beyond 64 bits"
)
REFUSAL = re.compile(
    rf"The message in the queue cannot be read: (?:{UNREADABLE})\."
    rf"|The (?:Message of the SNS notification|JSON string) in the queue cannot be read: (?:{UNREADABLE})\."
    r"|The message in the queue is (?:an EventBridge event|SNS's request|a notification of S3|a pointer of the SQS"
    r"|an event as Lambda|a whole message|Lambda's record|not a JSON object)[A-Za-z0-9_ ,:;.$<>()'-]+\."
)
ANY = "SM" + "0" * 32


def seeds() -> Iterator[bytes]:
    """Inputs, in every envelope, in numbers and broken; and all that an input may hold."""
    yield seed(INPUT)
    everything: dict[str, Any] = dict.fromkeys(SEND_INPUTS, "x")
    yield seed(everything | INPUT)
    yield seed(
        INPUT
        | {"mediaUrl": ["https://example.com/a.png"], "sendAt": "2026-03-15T14:32:10Z", "tags": {"a": "b"}}
        | {"messagingServiceSid": "MG" + "0" * 32, "validityPeriod": "60", "persistentAction": ["geo:1,2"]}
    )
    for make in (*UNWRAPPED.values(), *(make for make, _ in REFUSED.values())):
        yield seed(make(INPUT))
    yield from (seed(make(DIGITS)) for make in NUMBERS.values())
    yield from (make(DIGITS).encode() for make in BROKEN.values())


def fuzz_one(data: bytes) -> None:
    """Read one record of the queue, and whatever it holds as an input of send_sms."""
    body = data.decode("utf-8", "replace")
    [record] = records_of({"Records": [{"messageId": "059f36b4", "body": body}]})
    assert record == SqsRecord("059f36b4", body)
    queued = QueuedInput.of(record)
    document = _parsed(body)
    # What strict_json does not take is refused before.
    is_input = isinstance(document, dict) and ("to" in document or document.keys() <= INPUTS) and _is_strict(body)
    if queued.unreadable:
        assert REFUSAL.fullmatch(str(queued.unreadable)), f"says {queued.unreadable}"
        assert not is_input, "an input is taken for an envelope"
    else:
        assert isinstance(queued.given, dict)
        assert any(repr(queued.given) == repr(each) for each in _objects(document))
    if is_input:
        assert repr(queued.given) == repr(document)
    assert 0 < len(queued.key) <= MAX_KEY
    error = queued.unreadable or _sent(queued)
    if error:
        _assert_told(failed_event, queued, error)
    _assert_told(sent_event, queued, {"sid": ANY})


def _is_strict(text: str) -> bool:
    try:
        parse_json(text)
    except ValueError:
        return False
    return True


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _objects(document: Any, layers: int = MAX_LAYERS) -> Iterator[Any]:
    """*document*, and the objects where an input may be in it: in a JSON text, in a Message, in a detail."""
    yield document
    inner = document.get("Message") if isinstance(document, dict) else document
    if isinstance(inner, str) and layers:
        yield from _objects(_parsed(inner), layers - 1)
    if isinstance(document, dict):
        yield document.get("detail")


def _sent(queued: QueuedInput) -> InvalidInputError | None:
    """Why send_sms refuses the input; None if it would send it. No text and no number of it is in the error."""
    try:
        inputs = Inputs(queued.given, SEND_INPUTS)
        assert len(idempotency_key(inputs, queued.key)) <= MAX_KEY
        for name, value in message_parameters(inputs, "US"):
            assert isinstance(value, str)
            assert value.strip() or name == "Body"
    except InvalidInputError as exc:
        said = str(exc)
        # Errors repeat names, which may be values, too.
        texts = [value for value in queued.given.values() if isinstance(value, str) and not NAME_LIKE.fullmatch(value)]
        assert not re.search(r"\d{7}", said.replace("+15551234567", "")), "a number is quoted"
        assert not any(len(value) > 20 and value in said for value in texts), "an input is quoted"
        return exc
    return None


def _assert_told(make: Any, queued: QueuedInput, outcome: Any) -> None:
    """What became of an input is an event that the bus takes, and has the input in it where there is room."""
    try:
        event: Event = make(queued, None, outcome)
    except EventTooLargeError:
        raise AssertionError("an outcome has no room in an event") from None
    assert event.size <= MAX_BYTES
    told = json.loads(event.detail)
    assert told["id"] == queued.key
    assert repr(told["body"]["data"]["input"]) in (repr(queued.given), "None")
