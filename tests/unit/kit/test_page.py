"""The code that the pages show for the kit: it takes every event, and a type checker has nothing to say."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kit.generator.__main__ import KIT, SCHEMAS, main
from tests.support.golden_events import THIS_VERSION, versions
from tests.support.pages import PAGES, blocks

CODE = [block.text for page in PAGES for block in blocks(page.read_text()) if block.language == "python"]


@pytest.mark.parametrize("code", CODE)
def test_it_takes_every_event(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    module: dict[str, Any] = {}
    exec(code, module)
    for event in versions()[THIS_VERSION.name].values():
        module["handler"](event, None)
    module["handler"]({"source": "twilio.connector", "detail-type": "Message Translated", "detail": {}}, None)
    printed = capsys.readouterr().out
    assert "delivered has rank 3" in printed
    assert "+1555" not in printed


def test_there_is_some() -> None:
    assert CODE


def mypy(code: str, kit: Path, folder: Path) -> str:
    """What mypy says of *code* next to the *kit*: nothing where it is content."""
    (folder / "consumer.py").write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={folder}", "consumer.py"]
    environment = {"MYPYPATH": str(kit)}
    checked = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return checked.stdout if checked.returncode else ""


@pytest.mark.endurance
@pytest.mark.parametrize("code", CODE)
def test_mypy_is_content(code: str, tmp_path: Path) -> None:
    assert mypy(code, KIT / "python", tmp_path) == ""


@pytest.mark.endurance
def test_mypy_finds_the_consumer_of_a_field_that_was_renamed(tmp_path: Path) -> None:
    """The schema's change reaches the code that reads the field, once the types are made anew."""
    schemas = shutil.copytree(SCHEMAS, tmp_path / "schemas")
    file = schemas / "message-status-updated.json"
    file.write_text(file.read_text().replace('"statusRank"', '"rank"'))
    kit = shutil.copytree(KIT / "python", tmp_path / "kit" / "python")
    (tmp_path / "kit" / "typescript").mkdir()
    assert main([], schemas, tmp_path / "kit") == 0
    said = mypy(CODE[0], kit, tmp_path)
    assert '"MessageStatusUpdatedDetail" has no key "statusRank"' in said
