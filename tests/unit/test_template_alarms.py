"""What wakes someone up, and what does not."""

import json

from tests.unit.template import DEAD_LETTER_QUEUES, of_type


def test_every_dead_letter_queue_and_every_promised_metric_has_its_alarm() -> None:
    watched = {
        (alarm["MetricName"], json.dumps(alarm["Dimensions"][0]["Value"]))
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
    }
    queues = {
        ("ApproximateNumberOfMessagesVisible", json.dumps({"Fn::GetAtt": [queue, "QueueName"]}))
        for queue in DEAD_LETTER_QUEUES
    }
    queues.add(("ApproximateAgeOfOldestMessage", json.dumps({"Fn::GetAtt": ["UndeliveredQueue", "QueueName"]})))
    errors = {
        ("Errors", json.dumps({"Ref": name})) for name in ("WebhookFunction", "PollFunction", "RedeliverFunction")
    }
    own = {(name, json.dumps({"Ref": "AWS::StackName"})) for name in ("AuthenticationFailures", "CursorLagSeconds")}
    assert watched == queues | errors | own


def test_silence_alarms_only_where_the_stack_itself_polls() -> None:
    rules = {name: alarm["TreatMissingData"] for name, alarm in of_type("AWS::CloudWatch::Alarm").items()}
    assert rules.pop("CursorLagAlarm") == {"Fn::If": ["PollsOnSchedule", "breaching", "notBreaching"]}
    assert set(rules.values()) == {"notBreaching"}


def test_every_alarm_notifies_the_topic_if_there_is_one() -> None:
    actions = {json.dumps(alarm["AlarmActions"]) for alarm in of_type("AWS::CloudWatch::Alarm").values()}
    assert actions == {json.dumps({"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]})}
