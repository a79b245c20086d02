#!/usr/bin/env bash
# aws-sam-translator 1.113.0, AutoPublishAlias with AutoPublishAliasAllProperties: a new layer publishes no new version.
#
# The property promises a version for any change of the function's properties
# (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html). A version is
# published when its logical ID changes. The layer's logical ID changes with its content, and so does the property Layers of
# the transformed function; the version's does not, for it is made of the property as it is written, which is a Ref.
#
# Seen on 2026-11-28, Python 3.11.7:
#   other content of the layer: the function's Layers change, its version does not
#   another MemorySize: the version changes
# So the alias stays at a version with the old layer, while $LATEST has the new one.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aws-sam-translator==1.113.0

cat >"$folder/try.py" <<'PYTHON'
import os
import sys

os.environ["AWS_DEFAULT_REGION"] = "us-east-1"

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def transformed(layer: str, memory: int) -> tuple[str, str]:
    """The layer that the function has, and the version that it publishes."""
    function = {
        "CodeUri": "s3://bucket/code.zip",
        "Handler": "app.handler",
        "Runtime": "python3.13",
        "MemorySize": memory,
        "Layers": [{"Ref": "Layer"}],
        "AutoPublishAlias": "live",
        "AutoPublishAliasAllProperties": True,
    }
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Layer": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": f"s3://bucket/{layer}"}},
            "Function": {"Type": "AWS::Serverless::Function", "Properties": function},
        },
    }
    resources = Translator({}, Parser()).translate(template, parameter_values={})["Resources"]
    (version,) = (name for name, each in resources.items() if each["Type"] == "AWS::Lambda::Version")
    return resources["Function"]["Properties"]["Layers"][0]["Ref"], version


before, layer_changed, memory_changed = (
    transformed(*given) for given in (("1.zip", 128), ("2.zip", 128), ("1.zip", 256))
)
for change, after in (("other content of the layer", layer_changed), ("another MemorySize", memory_changed)):
    what = [f"{name} {'changes' if was != now else 'stays'}" for name, was, now in zip(("layer", "version"), before, after)]
    print(f"{change}: {', '.join(what)}")
sys.exit(not (layer_changed[0] != before[0] and layer_changed[1] == before[1] and memory_changed[1] != before[1]))
PYTHON

if "$folder/venv/bin/python" "$folder/try.py"; then
  echo "As described."
else
  echo "This has changed." >&2
  exit 1
fi
