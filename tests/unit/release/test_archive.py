"""The zips hold the same bytes, whatever the folder's times, modes and order."""

import os
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from release.archive import archived, digest

FILES = {"b/__pycache__/c.cpython-313.pyc": b"\x00bytecode", "b/c.py": b"C = 1\n", "a.py": b"A = 1\n", "b.txt": b""}


def written(folder: Path, names: list[str], mode: int, seconds: int) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FILES[name])
        path.chmod(mode)
        os.utime(path, (seconds, seconds))
    return folder


def test_order_times_and_modes_play_no_part(tmp_path: Path) -> None:
    one = written(tmp_path / "one", list(FILES), 0o600, 1)
    two = written(tmp_path / "another one", list(reversed(FILES)), 0o755, 2_000_000_000)
    assert archived(one, bytecode=True) == archived(two, bytecode=True)


@pytest.mark.parametrize("changed", FILES)
def test_every_byte_does(changed: str, tmp_path: Path) -> None:
    folder = written(tmp_path, list(FILES), 0o644, 1)
    before = digest(archived(folder, bytecode=True))
    (folder / changed).write_bytes(FILES[changed] + b"#")
    assert digest(archived(folder, bytecode=True)) != before


def test_lambda_may_read_each_file_and_finds_it_by_its_path(tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(archived(written(tmp_path, list(FILES), 0o600, 1), bytecode=True))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert {each.external_attr >> 16 for each in archive.infolist()} == {0o100644}


def test_what_this_machine_has_compiled_is_not_in_a_function(tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(archived(written(tmp_path, list(FILES), 0o644, 1), bytecode=False))) as archive:
        assert archive.namelist() == ["a.py", "b.txt", "b/c.py"]
