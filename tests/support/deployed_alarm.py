"""An alarm as CloudFormation has set it up, and what the local AWS counts of its metric."""

from datetime import UTC, datetime, timedelta

from local.aws import LocalAws
from tests.support.template import breaches

WAIT_SECONDS = 20


class DeployedAlarm:
    """The alarm of a logical ID; it watches one resource."""

    def __init__(self, aws: LocalAws, logical_id: str) -> None:
        self._aws = aws
        self._cloudwatch = aws.session.client("cloudwatch")
        (self._settings,) = self._cloudwatch.describe_alarms(AlarmNames=[aws.physical_id(logical_id)])["MetricAlarms"]

    @property
    def resource(self) -> str:
        """The name of the queue, function, API or stack that it watches."""
        (dimension,) = self._settings["Dimensions"]
        return str(dimension["Value"])

    def is_set_off_by(self, value: float) -> bool:
        """Whether a value of its metric is beyond its threshold."""
        return breaches(self._settings, [value])

    def counted(self) -> float:
        """The sum of its metric, which AWS counts of functions, over the last hour."""
        now = datetime.now(UTC)
        answer = self._cloudwatch.get_metric_statistics(
            Namespace=self._settings["Namespace"],
            MetricName=self._settings["MetricName"],
            Dimensions=self._settings["Dimensions"],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=7200,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in answer["Datapoints"])

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
