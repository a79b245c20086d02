"""Other environment variables for deployed functions, for a while."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from tests.local.aws import LocalAws


@contextmanager
def variables(aws: LocalAws, outputs: Iterable[str], changes: Mapping[str, str]) -> Iterator[None]:
    """Let the functions of the outputs run with *changes* to their environment; then with what it was before."""
    before: dict[str, dict[str, str]] = {}
    for output in outputs:
        name = aws.outputs[output]
        before[name] = aws.lambda_.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    try:
        for name, environment in before.items():
            aws.lambda_.update_function_configuration(
                FunctionName=name, Environment={"Variables": {**environment, **changes}}
            )
        yield
    finally:
        for name, environment in before.items():
            aws.lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": environment})
