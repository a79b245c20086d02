"""What the page does with the deployed stack: it sends, receives, reconciles, and breaks parts of it for a while."""

import json
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from local.aws import FunctionError
from local.denial import bus_away
from local.phone.rules import Rule, read_rules
from local.phone.texts import Send
from local.sam import PROJECT_ROOT
from local.stage import Stage

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.literals import CapabilityType

EXAMPLE = PROJECT_ROOT / "docs" / "examples" / "send-with-retries.yaml"
EXAMPLE_STACK = "phone-send-with-retries"
_LOOK_SECONDS = 0.2


class SendFailedError(Exception):
    """A send failed; the message is the error's type and what it says."""


class PhoneStack:
    """The stack behind the page, for several threads at once."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.rules: Sequence[Rule] = read_rules(PROJECT_ROOT)
        self._lock = threading.Lock()
        # Threads may share clients, but must not make them at the same time.
        self._aws = stage.aws
        self._events, self._sqs, self._lambda = self._aws.events, self._aws.sqs, self._aws.lambda_
        self._cloudformation = self._aws.cloudformation
        self._stepfunctions: Any = self._aws.session.client("stepfunctions")

    def matching(self, event: object) -> list[str]:
        """The titles of the documented rules that an event matches, as EventBridge itself says."""
        return [
            rule.title
            for rule in self.rules
            if self._events.test_event_pattern(EventPattern=json.dumps(rule.pattern), Event=json.dumps(event))["Result"]
        ]

    def send(self, send: Send) -> str:
        """Sends a text in its way; returns its SID, or "" if an event will report it. Raises SendFailedError."""
        given = {"to": send.to, "from": send.from_, "message": send.body, "idempotencyKey": send.key}
        try:
            match send.way:
                case "direct":
                    return str(self._aws.invoke("SendSmsFunction", given)["data"]["sid"])
                case "queue":
                    self._sqs.send_message(QueueUrl=self._aws.outputs["SendQueueUrl"], MessageBody=json.dumps(given))
                    return ""
                case "steps":
                    return self._send_by_steps(given)
        except FunctionError as error:
            raise SendFailedError(str(error)) from error
        except (ClientError, BotoCoreError) as error:
            # This is also the error of a process that was killed.
            raise SendFailedError(f"Lambda: {type(error).__name__}") from error

    def _send_by_steps(self, given: dict[str, str]) -> str:
        with self._lock:
            machine = self._state_machine
        started = self._stepfunctions.start_execution(stateMachineArn=machine, input=json.dumps(given))
        while True:
            execution = self._stepfunctions.describe_execution(executionArn=started["executionArn"])
            if execution["status"] != "RUNNING":
                break
            time.sleep(_LOOK_SECONDS)  # Step Functions offers no way to wait for the end, so this asks again and again.
        output = json.loads(execution.get("output") or "{}")
        if "sid" in output:
            return str(output["sid"])
        # The machine catches an opt-out, and fails with anything else.
        error = output.get("error", {})
        raise SendFailedError(f"{error.get('Error') or execution.get('error')}: {error.get('Cause') or ''}")

    @cached_property
    def _state_machine(self) -> str:
        """The ARN of the example's state machine; the first call deploys it."""
        capabilities: Sequence[CapabilityType] = ["CAPABILITY_IAM"]
        self._cloudformation.create_stack(
            StackName=EXAMPLE_STACK,
            TemplateBody=EXAMPLE.read_text(encoding="utf-8"),
            Parameters=[{"ParameterKey": "SendSmsFunction", "ParameterValue": self._aws.outputs["SendSmsFunction"]}],
            Capabilities=capabilities,
        )
        waiter = self._cloudformation.get_waiter("stack_create_complete")
        waiter.wait(StackName=EXAMPLE_STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        (stack,) = self._cloudformation.describe_stacks(StackName=EXAMPLE_STACK)["Stacks"]
        return next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "StateMachineArn")

    def reconcile(self) -> int:
        """Runs one pass of reconciliation; returns how many statuses it published. Raises FunctionError."""
        published = 0
        while True:
            result = self._aws.invoke("ReconcileFunction", {})
            published += int(result["published"])
            if not (result["truncated"] or result["skipped"]):
                return published

    def forge(self) -> int:
        """Posts a webhook as a forger would, with an invalid signature; returns the answer's HTTP status."""
        answer = urllib3.request(
            "POST",
            f"{self._aws.url}/webhook/default",
            headers={
                "Host": self._aws.api_host_header,
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": "Zm9yZ2Vk",
            },
            body="MessageSid=SM00000000000000000000000000000000&SmsStatus=received&Body=Send+money",
            timeout=30.0,
        )
        return int(answer.status)

    def bus_down(self) -> AbstractContextManager[None]:
        """Makes the bus refuse all events, those stored for later included."""
        return bus_away(self._aws)

    def kill(self, send: Send) -> None:
        """Kills the process that is sending this text."""
        self._aws.kill_at_work("SendSmsFunction", send.key)
