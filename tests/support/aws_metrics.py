"""Metrics that AWS publishes by itself, of the services that alarms and the dashboard look at; their dimensions."""

SQS = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "ApproximateAgeOfOldestMessage",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesVisible",
    "NumberOfEmptyReceives",
    "NumberOfMessagesDeleted",
    "NumberOfMessagesReceived",
    "NumberOfMessagesSent",
    "SentMessageSize",
}
LAMBDA = {
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-functions-metrics.html
    "AsyncEventAge",
    "AsyncEventsDropped",
    "AsyncEventsReceived",
    "ConcurrentExecutions",
    "DeadLetterErrors",
    "DestinationDeliveryFailures",
    "Duration",
    "Errors",
    "Invocations",
    "Throttles",
}
HTTP_API = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    "4xx",
    "5xx",
    "Count",
    "DataProcessed",
    "IntegrationLatency",
    "Latency",
}

# Namespace -> metrics, and the dimensions under which each is published.
PUBLISHED: dict[str, tuple[set[str], list[set[str]]]] = {
    "AWS/ApiGateway": (HTTP_API, [{"ApiId"}, {"ApiId", "Stage"}]),
    "AWS/Lambda": (LAMBDA, [{"FunctionName"}, {"FunctionName", "Resource"}]),
    "AWS/SQS": (SQS, [{"QueueName"}]),
}


def is_published(namespace: str, metric: str, dimensions: set[str]) -> bool:
    """Whether AWS publishes this metric with just these dimensions: an alarm on another never has data."""
    metrics, sets = PUBLISHED.get(namespace, (set(), []))
    return metric in metrics and dimensions in sets
