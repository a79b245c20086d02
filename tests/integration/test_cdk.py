"""The app of docs/cdk.md, by the CDK that tests/cdk pins: it holds the whole of a release's template."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from release.templates import packaged, transformed
from tests.support.pages import Block, blocks
from tests.support.template import FUNCTIONS, template

pytestmark = [
    pytest.mark.endurance,
    pytest.mark.skipif(not (shutil.which("npm") and shutil.which("node")), reason="Node.js with npm is not installed"),
]

PINS = PROJECT_ROOT / "tests" / "cdk"
PAGE = list(blocks((PROJECT_ROOT / "docs" / "cdk.md").read_text()))
KEYS = {name: f"{job}-{'0' * 64}.zip" for name, job in {**FUNCTIONS, "TwilioConnectorLayer": "layer"}.items()}
# What the page's app says instead of the parameters.
SAID = {
    '{"Ref": "CodeBucket"}': '"my-twilio-connector-code"',
    "${CodePrefix}": "twilio-connector/",
    '{"Ref": "PollEnabled"}': '"false"',
}
# Whoever tries the network all the same fails.
NO_NETWORK = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"),
    "npm_config_offline": "true",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with CDK, the page's app, and a release's template."""
    folder = tmp_path_factory.mktemp("cdk")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / name, folder)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=300)
    (folder / "app.js").write_text(block("js").text)
    (folder / "dist").mkdir()
    return folder


def block(language: str) -> Block:
    (found,) = (each for each in PAGE if each.language == language)
    return found


def synth(folder: Path, source: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What the page's command says of the app with that template."""
    (named,) = re.findall(r'templateFile: "(.+)"', (folder / "app.js").read_text())
    (folder / named).write_text(json.dumps(source))
    (command,) = (each.text for each in PAGE if each.text.startswith("npx cdk synth"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        f"{command.strip()} --quiet --no-notices --no-version-reporting",
        shell=True,
        cwd=folder,
        env={**environment, **NO_NETWORK},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_app_of_the_page_holds_the_release_and_what_is_its_own(folder: Path) -> None:
    source = transformed(packaged(template(), KEYS))
    done = synth(folder, source)
    assert done.returncode == 0, done.stderr
    made = json.loads((folder / "cdk.out" / "Messaging.template.json").read_text())

    text = json.dumps(source)
    for parameter, value in SAID.items():
        assert parameter in text
        text = text.replace(parameter, value)
    expected = json.loads(text)
    for section in ("Resources", "Conditions", "Outputs"):
        assert {name: made[section][name] for name in expected[section]} == expected[section]
    own = {made["Resources"][name]["Type"] for name in made["Resources"].keys() - expected["Resources"].keys()}
    assert own == {"AWS::Events::Rule", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"}
    assert source["Parameters"].keys() - made["Parameters"].keys() == {"CodeBucket", "CodePrefix", "PollEnabled"}


def test_the_template_with_the_transform_still_does_not_do(folder: Path) -> None:
    """Once it does, the page says too much."""
    done = synth(folder, packaged(template(), KEYS))
    assert done.returncode != 0
    page = (PROJECT_ROOT / "docs" / "cdk.md").read_text()
    for part in ('Supplied properties not correct for "CfnFunctionProps"', "onSuccess: required but missing"):
        assert part in done.stderr
        assert part in page
