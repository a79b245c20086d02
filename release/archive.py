"""Zips whose bytes depend on their contents alone, not on who makes them, where or when."""

import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

# Readable for all, as Lambda needs it, with any umask here:
# https://www.repost.aws/knowledge-center/lambda-deployment-package-errors
MODE = 0o100644
# The earliest date that a zip can hold.
DATE = (1980, 1, 1, 0, 0, 0)
# As in a zip of Unix: the upper half of the attributes holds the mode.
UNIX = 3


def archived(folder: Path, *, bytecode: bool) -> bytes:
    """A zip of the files in *folder*, sorted by path, each of one date and mode; *bytecode* is left out unless wanted.

    The files are stored, not compressed: the bytes of deflate depend on the library that this Python uses.
    """
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, path in _files(folder):
            if bytecode or "__pycache__" not in path.parts:
                entry = zipfile.ZipInfo(name, DATE)
                entry.create_system = UNIX
                entry.external_attr = MODE << 16
                archive.writestr(entry, path.read_bytes())
    return made.getvalue()


def digest(content: bytes) -> str:
    """The SHA-256 of *content*, in hexadecimal digits."""
    return sha256(content).hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    yield from sorted((path.relative_to(folder).as_posix(), path) for path in files)
