"""What is counted is written as Powertools writes it."""

import json

import pytest
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from tests.support.metric_lines import emitted
from twilio_connector.invocation.observability import NAMESPACE, count, logger


@pytest.mark.parametrize("value", [1, 0, 2.5])
@pytest.mark.parametrize("dimensions", [{"answer": "204"}, {"cause": 'a "b" \\ ü', "origin": "c"}], ids=["one", "two"])
def test_a_count_with_dimensions_is_the_line_of_powertools(
    value: float, dimensions: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    count("Sends", value, **dimensions)
    ours = capsys.readouterr().out
    all_of_them = {"service": logger.service, **dimensions}
    with single_metric("Sends", MetricUnit.Count, value, namespace=NAMESPACE, default_dimensions=all_of_them):
        pass
    theirs = capsys.readouterr().out
    assert list(emitted(ours)) == list(emitted(theirs)) == [("Sends", all_of_them, value)]
    documents = [json.loads(line) for line in (ours, theirs)]
    taken = [document["_aws"].pop("Timestamp") for document in documents]
    assert documents[0] == documents[1]
    assert 0 <= taken[1] - taken[0] < 60_000
    assert ours.count("\n") == 1
    assert ours.endswith("}\n")
