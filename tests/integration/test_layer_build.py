"""The layer as `sam build` makes it and boto3 as the Lambda runtime has it are all that the functions import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.runtime_packages import BOTO3, link_packages
from tests.local.sam import PROJECT_ROOT

# Too slow to import for a function that someone waits for; none of them is in the layer for this.
SLOW_PACKAGES = (
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.parameters",
    "aws_lambda_powertools.utilities.parser",
    "pydantic",
    "twilio",
)

# Runs in an interpreter without site-packages, environment or current folder on its path.
IMPORT_ALONE = """
import importlib, importlib.util, json, pkgutil, sys
layer, runtime, *apps = sys.argv[1:]
sys.path[:0] = [layer, runtime]
import twilio_connector
for module in pkgutil.walk_packages(twilio_connector.__path__, "twilio_connector."):
    importlib.import_module(module.name)
for app in apps:
    spec = importlib.util.spec_from_file_location("app", app)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert callable(module.handler), app
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    artifacts = tmp_path_factory.mktemp("layer")
    target = ["build-TwilioConnectorLayer", f"ARTIFACTS_DIR={artifacts}", f"PYTHON={sys.executable}"]
    folder = PROJECT_ROOT / "layers" / "twilio_connector"
    subprocess.run(["make", "-s", "-C", str(folder), *target], check=True, capture_output=True)
    return artifacts / "python"


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A folder with boto3 as the runtime's, and nothing else of this environment."""
    link_packages(tmp_path, BOTO3, sys.executable)
    return tmp_path


def test_layer_and_boto3_alone_import_every_module_and_every_function(layer: Path, runtime: Path) -> None:
    apps = sorted(str(path) for path in PROJECT_ROOT.glob("functions/*/app.py"))
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", IMPORT_ALONE, str(layer), str(runtime), *apps],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    imported = set(json.loads(result.stdout))
    assert "twilio_connector.errors" in imported
    assert imported.isdisjoint(SLOW_PACKAGES)


def test_layer_holds_no_bytecode_no_scripts_and_no_boto3(layer: Path) -> None:
    names = {path.name for path in layer.iterdir()}
    assert names.isdisjoint({"bin", "boto3", "botocore", "twilio", "pydantic"})
    assert not list(layer.rglob("*.pyc"))


def test_layer_keeps_the_licences_of_what_it_carries(layer: Path) -> None:
    carried = {path.name.split("-")[0] for path in layer.glob("*.dist-info")}
    licensed = {
        path.relative_to(layer).parts[0].split("-")[0]
        for path in layer.rglob("*LICENSE*")
        if ".dist-info" in path.parts[len(layer.parts)]
    }
    assert licensed == carried
