"""The templates of a release: template.yaml, with its code in a bucket."""

import re
from typing import Any

import pytest

from release.templates import BUCKET, PREFIX, packaged, transformed
from tests.support.template import FUNCTIONS, template

KEYS = {name: f"{job}-{'0' * 64}.zip" for name, job in {**FUNCTIONS, "TwilioConnectorLayer": "layer"}.items()}
PACKAGED = packaged(template(), KEYS)
TRANSFORMED = transformed(PACKAGED)


def code(resource: dict[str, Any]) -> Any:
    properties = resource.get("Properties", {})
    return next((properties[name] for name in ("CodeUri", "ContentUri", "Code", "Content") if name in properties), None)


def test_the_code_of_each_is_its_key_below_bucket_and_prefix() -> None:
    found = {name: code(each) for name, each in PACKAGED["Resources"].items() if code(each)}
    assert found == {
        name: {"Bucket": {"Ref": BUCKET}, "Key": {"Fn::Sub": f"${{{PREFIX}}}{key}"}} for name, key in KEYS.items()
    }
    expanded = [code(each) for each in TRANSFORMED["Resources"].values() if each["Type"].startswith("AWS::Lambda::")]
    keys = [each["S3Key"]["Fn::Sub"] for each in expanded if each]
    assert sorted(keys) == sorted(f"${{{PREFIX}}}{key}" for key in KEYS.values())


def test_nothing_else_has_changed() -> None:
    original = template()
    assert PACKAGED["Transform"] == original["Transform"]
    assert {name: PACKAGED["Parameters"][name] for name in original["Parameters"]} == original["Parameters"]
    assert PACKAGED["Parameters"].keys() - original["Parameters"].keys() == {BUCKET, PREFIX}
    for name, resource in original["Resources"].items():
        kept = {key: value for key, value in resource["Properties"].items() if key not in ("CodeUri", "ContentUri")}
        assert kept.items() <= PACKAGED["Resources"][name]["Properties"].items()
    assert all(PACKAGED[name] == original[name] for name in ("Globals", "Conditions", "Outputs"))


def test_neither_template_names_a_folder_or_asks_sam_to_build() -> None:
    assert "BuildMethod" not in str(PACKAGED)
    assert "AWS::ServerlessRepo::Application" not in PACKAGED["Metadata"]
    assert ("Transform" in PACKAGED, "Transform" in TRANSFORMED, "Globals" in TRANSFORMED) == (True, False, False)
    assert {each["Type"] for each in TRANSFORMED["Resources"].values() if "Serverless" in each["Type"]} == set()


def test_another_layer_is_another_resource() -> None:
    """So that functions are updated with it, and the version before it is deleted only after that."""
    other = transformed(packaged(template(), {**KEYS, "TwilioConnectorLayer": f"layer-{'1' * 64}.zip"}))
    assert len(other["Resources"].keys() ^ TRANSFORMED["Resources"].keys()) == 2


@pytest.mark.parametrize(
    ("parameter", "value", "allowed"),
    [
        (BUCKET, "my-bucket.code", True),
        (BUCKET, "My_Bucket", False),
        (BUCKET, "s3://bucket", False),
        (PREFIX, "", True),
        (PREFIX, "twilio-connector/", True),
        (PREFIX, "a/b/c/", True),
        (PREFIX, "twilio-connector", False),
        (PREFIX, "/", False),
        (PREFIX, "a b/", False),
    ],
)
def test_bucket_and_prefix_are_judged_before_anything_is_made(parameter: str, value: str, allowed: bool) -> None:
    pattern = PACKAGED["Parameters"][parameter]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, value)) is allowed
