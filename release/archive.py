"""Zips that hold the same bytes whoever makes them, wherever and whenever: by what is in them alone."""

import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

# Readable for all, as Lambda needs it, whatever the umask here:
# https://www.repost.aws/knowledge-center/lambda-deployment-package-errors
MODE = 0o100644
# The first that a zip can tell.
DATE = (1980, 1, 1, 0, 0, 0)
# As in a zip of Unix: the mode stands in the upper half of the attributes.
UNIX = 3


def archived(folder: Path, *, bytecode: bool) -> bytes:
    """A zip of the files in *folder*, sorted by path, each of one date and mode; *bytecode* is left out unless wanted.

    Stored, not compressed: what deflate makes of a file depends on the library that this Python has it from.
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
