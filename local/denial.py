"""Takes permissions away from the roles of deployed functions for a while."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from local.aws import LocalAws
from local.publishers import PUBLISHERS

DENIAL = "denied-for-a-while"


@contextmanager
def denied(aws: LocalAws, function: str, *actions: str) -> Iterator[None]:
    """Take these actions from a function's role."""
    iam = aws.session.client("iam")
    settings = aws.lambda_.get_function_configuration(FunctionName=aws.outputs[function])
    role = settings["Role"].rpartition("/")[2]
    statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName=DENIAL, PolicyDocument=policy)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=DENIAL)


@contextmanager
def bus_away(aws: LocalAws) -> Iterator[None]:
    """Make the bus refuse all events, those stored for later included."""
    with ExitStack() as denials:
        for function in PUBLISHERS:
            denials.enter_context(denied(aws, function, "events:PutEvents"))
        yield
