"""What CloudFormation reports about a stack next to the connector's."""

from local.aws import LocalAws


def stack_output(aws: LocalAws, stack: str, name: str) -> str:
    """The output *name* of *stack*."""
    (found,) = aws.cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return next(one["OutputValue"] for one in found["Outputs"] if one["OutputKey"] == name)


def stack_resource(aws: LocalAws, stack: str, name: str) -> str:
    """The physical ID of what the template of *stack* calls *name*."""
    answer = aws.cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=name)
    return answer["StackResourceDetail"]["PhysicalResourceId"]
