"""The templates of a release: ``template.yaml`` with its code in a bucket, and what SAM's transform makes of it."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

BUCKET, PREFIX = "CodeBucket", "CodePrefix"
# Where folders of code are named, by the type of their resource.
FOLDERS = {"CodeUri", "ContentUri"}
PARAMETERS = {
    BUCKET: {
        "Type": "String",
        "Description": "The bucket with the release's zips, in the region of the stack.",
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        "AllowedPattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        "ConstraintDescription": "must be the name of a bucket.",
    },
    PREFIX: {
        "Type": "String",
        "Default": "twilio-connector/",
        "Description": "The prefix of the zips' keys in that bucket, with its slash. Empty if they have none.",
        "AllowedPattern": "^([A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/-]{0,254}/)?$",
        "ConstraintDescription": "must be empty, or characters that are safe in keys, and a slash at the end.",
    },
}
# For SAM's own builds and its repository of applications: a deployment without SAM needs neither.
OF_SAM = ("BuildMethod", "BuildArchitecture")
OF_ITS_REPOSITORY = "AWS::ServerlessRepo::Application"
GROUPS = "AWS::CloudFormation::Interface"


def packaged(template: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """*template* with the zips of *keys*, by logical ID, below a bucket and a prefix that are parameters of it."""
    # A copy by way of JSON: an alias in YAML makes one object of several, and a change would reach all of them.
    made: dict[str, Any] = json.loads(json.dumps(template))
    made["Parameters"] = {**PARAMETERS, **made["Parameters"]}
    made["Metadata"].pop(OF_ITS_REPOSITORY, None)
    code = {"Label": {"default": "Code"}, "Parameters": list(PARAMETERS)}
    made["Metadata"][GROUPS]["ParameterGroups"].insert(0, code)
    for logical_id, resource in made["Resources"].items():
        for folder in FOLDERS & resource.get("Properties", {}).keys():
            key = {"Fn::Sub": f"${{{PREFIX}}}{keys[logical_id]}"}
            resource["Properties"][folder] = {"Bucket": {"Ref": BUCKET}, "Key": key}
        if metadata := resource.get("Metadata"):
            kept = {name: value for name, value in metadata.items() if name not in OF_SAM}
            resource["Metadata"] = kept
            if not kept:
                del resource["Metadata"]
    return made


def transformed(template: Mapping[str, Any], region: str = "us-east-1") -> dict[str, Any]:
    """What SAM makes of *template* in *region*: AWS's own policies have other names in other partitions."""
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    result: dict[str, Any] = translator.translate(copy.deepcopy(dict(template)), {})
    # Publishes to nowhere; otherwise SAM warns at its end of unpublished metrics.
    translator.metrics.publish()
    return result
