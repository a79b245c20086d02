"""The layer as `sam build` makes it and boto3 as the Lambda runtime has it are all that the functions import."""

import json
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from local.runtime_packages import BOTO3, link_packages
from local.sam import PROJECT_ROOT

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


def build_layer(artifacts: Path, **variables: str) -> str:
    """Builds it there, and returns its output."""
    variables = {"ARTIFACTS_DIR": str(artifacts), "PYTHON": sys.executable, **variables}
    target = ["build-TwilioConnectorLayer", *(f"{name}={value}" for name, value in variables.items())]
    folder = PROJECT_ROOT / "layers" / "twilio_connector"
    return subprocess.run(["make", "-s", "-C", str(folder), *target], check=True, capture_output=True, text=True).stderr


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    artifacts = tmp_path_factory.mktemp("layer")
    build_layer(artifacts)
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


def test_layer_holds_no_scripts_and_no_boto3(layer: Path) -> None:
    names = {path.name for path in layer.iterdir()}
    assert names.isdisjoint({"bin", "boto3", "botocore", "twilio", "pydantic"})


def test_layer_holds_nothing_of_other_projects_but_python(layer: Path) -> None:
    """Powertools brings Swagger UI, whose licence it does not bring."""
    foreign = {path.relative_to(layer).parts[0] for path in layer.rglob("*.min.*")}
    assert foreign == set()


def test_layer_tells_nothing_of_who_installed_it(layer: Path) -> None:
    """Where the entry points of a distribution would start stands in its RECORD, as a hash."""
    told = {path.name for path in layer.glob("*.dist-info/*")}
    assert told.isdisjoint({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
    assert "METADATA" in told


def test_layer_holds_the_tables_beside_the_modules(layer: Path) -> None:
    table = Path("twilio_connector", "raw_request", "post_operations.txt")
    assert (layer / table).read_bytes() == (PROJECT_ROOT / "layers/twilio_connector/python" / table).read_bytes()


def test_layer_is_small_even_without_its_bytecode(layer: Path) -> None:
    files = [path for path in layer.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) <= 10 * 2**20


def test_bytecode_is_the_runtime_s_or_there_is_none(layer: Path) -> None:
    for compiled in layer.rglob("*.pyc"):
        assert compiled.stem.endswith(".cpython-313")
        # https://peps.python.org/pep-0552/: hash-based, and never compared with the source.
        assert compiled.read_bytes()[4:8] == b"\x01\x00\x00\x00"


def test_whoever_builds_without_the_runtime_s_python_is_told(tmp_path: Path) -> None:
    log = build_layer(tmp_path, BYTECODE_PYTHON="no-such-python")
    assert "the layer has no bytecode" in log
    assert not list(tmp_path.rglob("*.pyc"))


@pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="this is not the runtime's Python")
def test_the_runtime_s_python_makes_bytecode_of_everything(tmp_path: Path) -> None:
    build_layer(tmp_path, BYTECODE_PYTHON=sys.executable)
    sources = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.py")}
    compiled = {Path(cache_from_source(str(source))) for source in sources}
    assert compiled <= {path.relative_to(tmp_path) for path in tmp_path.rglob("*.pyc")}


def test_layer_keeps_the_licences_of_what_it_carries(layer: Path) -> None:
    carried = {path.name.split("-")[0] for path in layer.glob("*.dist-info")}
    licensed = {
        path.relative_to(layer).parts[0].split("-")[0]
        for path in layer.rglob("*LICENSE*")
        if ".dist-info" in path.parts[len(layer.parts)]
    }
    assert licensed == carried
