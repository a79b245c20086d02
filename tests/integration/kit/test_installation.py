"""The kit, installed from its folder as a consumer would, in an environment that has nothing else."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.generator.__main__ import KIT
from local import sam
from tests.support.golden_events import THIS_VERSION

PROGRAM = """
import json, sys
from importlib.metadata import distribution
from importlib.resources import files
import twilio_connector_events as kit
found = distribution("twilio-connector-events")
assert found.version == kit.__version__ and not found.requires, found.requires
assert files(kit).joinpath("py.typed").is_file()
event = kit.parse_event(json.load(sys.stdin))
match event["detail-type"]:
    case "Message Received":
        print(kit.first(event["detail"]["body"]["data"], "MessageSid"))
"""


@pytest.mark.endurance
def test_it_is_installed_from_its_folder_and_typed(tmp_path: Path) -> None:
    # A build leaves its files next to the sources.
    source = shutil.copytree(KIT / "python", tmp_path / "source")
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    site = subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"], text=True).strip()
    offline = ["--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check", "--quiet"]
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, "--target", site, source], check=True)

    event = (THIS_VERSION / "message-received.text.json").read_text()
    printed = subprocess.check_output([python, "-I", "-c", PROGRAM], input=event, text=True)

    assert printed.strip() == json.loads(event)["detail"]["id"]


def test_the_layer_does_not_carry_it() -> None:
    layer = sam.PROJECT_ROOT / "layers" / "twilio_connector"
    assert not list(layer.rglob("twilio_connector_events*"))
    assert "events" not in (layer / "requirements.txt").read_text()
