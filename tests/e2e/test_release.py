"""A release is the same whoever makes it, and deployed by nothing but the commands of docs/release.md."""

import json
import re
import subprocess
import zipfile
from base64 import b64decode
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from local.accounts import connect_sandbox
from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_webhooks import inbound, of_type, post_webhook
from tests.support.documents import commands, run
from tests.support.made_release import COMMITTED, commit, copied, make_release, runtime_python

pytestmark = pytest.mark.docs

NO_PYTHON = pytest.mark.skipif(runtime_python() is None, reason="no Python 3.13, whose bytecode is part of a release")
CREATED_WITH = 'ParameterKey=CodeBucket,ParameterValue="$BUCKET"'


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of a folder without a history, whose time is told."""
    folder = tmp_path_factory.mktemp("one")
    made = make_release(copied(folder / "project"), folder / "dist", SOURCE_DATE_EPOCH=COMMITTED)
    assert made.returncode == 0, made.stderr
    return folder / "dist"


@pytest.mark.endurance
@NO_PYTHON
def test_a_release_of_another_folder_at_another_time_has_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    project = copied(tmp_path / "a checkout" / "elsewhere")
    commit(project)
    # What the tests of a developer leave behind, and his umask and settings.
    for folder in (project / "functions" / "poll", project / "layers/twilio_connector/python/twilio_connector"):
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / "stale.cpython-313.pyc").write_bytes(b"stale")
    settings = {"PYTHONHASHSEED": "7", "PYTHONOPTIMIZE": "2", "PYTHONPYCACHEPREFIX": str(tmp_path), "TZ": "Asia/Tokyo"}
    made = make_release(project, tmp_path / "dist", umask=0o077, **settings)
    assert made.returncode == 0, made.stderr

    first, second = ({path.name: path.read_bytes() for path in each.iterdir()} for each in (dist, tmp_path / "dist"))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    bill = json.loads(first["twilio-connector-1.0.0.cdx.json"])
    pinned = (PROJECT_ROOT / "layers/twilio_connector/requirements.txt").read_text()
    pins = [pin.replace("_", "-").replace("==", "@") for pin in re.findall(r"^\S+==\S+$", pinned, re.MULTILINE)]
    assert {each["purl"] for each in bill["components"]} == {f"pkg:pypi/{pin}" for pin in pins}
    assert all(each["licenses"] for each in bill["components"])
    assert bill["metadata"]["timestamp"] == datetime.fromtimestamp(int(COMMITTED), UTC).isoformat()
    licences = first["THIRD-PARTY-LICENSES.txt"].decode()
    assert [each for each in bill["components"] if f"{each['name']} {each['version']} (" not in licences] == []
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=dist, check=True)
    lines = [line.split("  ") for line in first["SHA256SUMS"].decode().splitlines()]
    sums = {name: checksum for checksum, name in lines}
    assert sums.keys() | {"SHA256SUMS"} == first.keys()
    zips = [name for name in sums if name.endswith(".zip")]
    assert len(zips) == 11
    for name in zips:
        assert name.endswith(f"-{sums[name]}.zip")
        with zipfile.ZipFile(BytesIO(first[name])) as archive:
            entries = archive.infolist()
        assert [each.filename for each in entries] == sorted(each.filename for each in entries)
        assert {(each.date_time, each.external_attr >> 16) for each in entries} == {((1980, 1, 1, 0, 0, 0), 0o100644)}
        assert not [each.filename for each in entries if "stale" in each.filename]


@pytest.mark.endurance
@NO_PYTHON
def test_the_zips_become_a_stack_that_takes_a_webhook_and_sends(dist: Path, tmp_path: Path) -> None:
    (tmp_path / "dist").symlink_to(dist)
    script = "\n".join(commands(PROJECT_ROOT / "docs" / "release.md"))
    assert script.count(CREATED_WITH) == 1
    with TwilioSandbox() as twilio, LocalAws() as aws:
        own = {"TwilioApiUrl": twilio.url, "PollEnabled": "false"}
        more = " ".join(f"ParameterKey={name},ParameterValue={value}" for name, value in own.items())
        run(script.replace(CREATED_WITH, f"{CREATED_WITH} {more}"), aws.environment, tmp_path)
        aws.adopt()
        connect_sandbox(aws, twilio)
        watcher = aws.watch()

        form = inbound(twilio, "To a stack without SAM")
        assert post_webhook(aws, form, twilio.auth_token).status == 200
        assert watcher.wait_for(of_type("Message Received", form["MessageSid"])).detail["body"]["data"] == form
        text = {"to": "+15551234567", "from": "+15558675309", "message": "From a stack without SAM"}
        sent = aws.invoke("SendSmsFunction", text)["data"]["sid"]
        watcher.wait_for(of_type("Message Status Updated", f"{sent}:delivered"))
        layers = {
            each["Arn"] for function in aws.lambda_.list_functions()["Functions"] for each in function.get("Layers", [])
        }
        (content,) = (aws.lambda_.get_layer_version_by_arn(Arn=arn)["Content"]["CodeSha256"] for arn in layers)

    assert [message.body for message in twilio.messages if message.sid == sent] == [text["message"]]
    (layer,) = dist.glob("layer-*.zip")
    assert b64decode(content).hex() in layer.name
