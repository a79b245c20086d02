"""Who may make the bytecode, and what is looked at in what he has made."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from release.__main__ import main
from release.building import Interpreter, check_layer
from release.refusal import ReleaseError

PYTHON = Interpreter("python3.13", "3.13.0", b"\xf3\r\r\n")
COMPILED = PYTHON.magic + b"\x01\x00\x00\x00" + b"hashhash" + b"code of /opt/python/module.py"
FOLDER = b"/builds/17"


def impostor(folder: Path, says: str) -> str:
    """A program that answers as a Python would that is asked what it is."""
    path = folder / "python3.13"
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("path", ["", "no-such-python", "/"])
def test_without_the_runtime_s_python_nothing_is_released(path: str) -> None:
    with pytest.raises(ReleaseError, match=r"There is no Python 3\.13") as told:
        Interpreter.of(path)
    assert "make release RELEASE_PYTHON=" in told.value.remedy


def test_a_refusal_writes_nothing_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--python", "no-such-python", "--output", str(tmp_path / "dist")]
    assert main(arguments) == 1
    assert capsys.readouterr().out.startswith("FAIL  release: There is no Python 3.13")
    assert main([*arguments, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["command"], document["exitStatus"], document["counts"]["fail"]) == ("release", 1, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("All of it")
    assert main(["--python", "no-such-python", "--output", str(tmp_path)]) == 1
    assert "holds something other than a release" in capsys.readouterr().out
    assert (tmp_path / "thesis.txt").read_text() == "All of it"


@pytest.mark.parametrize("says", ["exit 1", "echo Python 3.13.0", "echo '[1]'"], ids=["shim", "words", "less"])
def test_a_shim_that_starts_nothing_is_none(says: str, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"There is no Python 3\.13"):
        Interpreter.of(impostor(tmp_path, says))


@pytest.mark.parametrize("version", ["3, 12, 9", "3, 14, 0"])
def test_another_version_is_refused_by_its_number(version: str, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=version.replace(", ", r"\.")):
        Interpreter.of(impostor(tmp_path, f"echo '[[{version}], \"f30d0d0a\"]'"))


def test_the_runtime_s_is_taken_with_its_number(tmp_path: Path) -> None:
    path = impostor(tmp_path, "echo '[[3, 13, 0], \"f30d0d0a\"]'")
    assert Interpreter.of(path) == Interpreter(path, PYTHON.version, PYTHON.magic)


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    (tmp_path / "python" / "__pycache__").mkdir(parents=True)
    (tmp_path / "python" / "module.py").write_text("A = 1\n")
    (tmp_path / "python" / "__pycache__" / "module.cpython-313.pyc").write_bytes(COMPILED)
    return tmp_path


def test_a_layer_with_all_of_its_bytecode_is_taken(layer: Path) -> None:
    check_layer(layer, PYTHON, FOLDER)


def other_magic(compiled: Path) -> None:
    compiled.write_bytes(b"\xcb\r\r\n" + COMPILED[4:])


def compared_by_time(compiled: Path) -> None:
    compiled.write_bytes(COMPILED[:4] + b"\x00\x00\x00\x00" + COMPILED[8:])


def of_another_version(compiled: Path) -> None:
    compiled.rename(compiled.with_name("module.cpython-312.pyc"))


@pytest.mark.parametrize("spoil", [Path.unlink, other_magic, compared_by_time, of_another_version])
def test_a_module_without_its_bytecode_is_refused(spoil: Callable[[Path], None], layer: Path) -> None:
    spoil(layer / "python" / "__pycache__" / "module.cpython-313.pyc")
    with pytest.raises(ReleaseError, match=r"python/module\.py has no bytecode of Python 3\.13\.0"):
        check_layer(layer, PYTHON, FOLDER)


def test_what_tells_where_it_was_built_is_refused(layer: Path) -> None:
    (layer / "python" / "RECORD").write_bytes(b"made in " + FOLDER + b"/python")
    with pytest.raises(ReleaseError, match=r"python/RECORD names the folder in which"):
        check_layer(layer, PYTHON, FOLDER)


def test_this_python_is_taken_only_if_it_is_the_runtime_s() -> None:
    if sys.version_info[:2] == (3, 13):
        assert Interpreter.of(sys.executable).version.startswith("3.13.")
    else:
        with pytest.raises(ReleaseError, match="does not read that of"):
            Interpreter.of(sys.executable)
