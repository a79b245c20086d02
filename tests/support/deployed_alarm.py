"""An alarm as CloudFormation has set it up, and what the local AWS counts of its metric."""

from typing import TYPE_CHECKING

from local.aws import LocalAws
from tests.support.template import breaches

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

WAIT_SECONDS = 20


class DeployedAlarm:
    """The alarm of a logical ID; it watches one resource."""

    def __init__(self, aws: LocalAws, logical_id: str) -> None:
        self._aws = aws
        cloudwatch = aws.session.client("cloudwatch")
        (self._settings,) = cloudwatch.describe_alarms(AlarmNames=[aws.physical_id(logical_id)])["MetricAlarms"]

    @property
    def resource(self) -> str:
        """The name of the queue, function, API or stack that it watches."""
        (dimension,) = self._settings["Dimensions"]
        return str(dimension["Value"])

    def is_set_off_by(self, value: float) -> bool:
        """Whether a value of its metric is beyond its threshold."""
        return breaches(self._settings, [value])

    def reported(self) -> float:
        """The value that SQS would report of its metric, which counts messages of its queue."""
        name: QueueAttributeNameType = (
            "ApproximateNumberOfMessagesNotVisible"
            if self._settings["MetricName"].endswith("NotVisible")
            else "ApproximateNumberOfMessages"
        )
        answer = self._aws.sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=[name])
        return float(answer["Attributes"][name])

    def waiting(self) -> float:
        """How many messages there are in its queue, as soon as there is one; they are received for good."""
        answer = self._aws.sqs.receive_message(QueueUrl=self._queue_url, WaitTimeSeconds=WAIT_SECONDS)
        return len(answer.get("Messages", []))

    def empty_its_queue(self) -> None:
        """Takes away what others have left there."""
        self._aws.sqs.purge_queue(QueueUrl=self._queue_url)

    @property
    def _queue_url(self) -> str:
        return self._aws.sqs.get_queue_url(QueueName=self.resource)["QueueUrl"]
