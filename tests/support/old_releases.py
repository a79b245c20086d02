"""What earlier versions of the connector are made of: their functions, their layer, and what deploys both.

Each version that an upgrade may start from has an archive in `releases/`, in which nothing is made by hand. LICENSE and
README.md are there because the template's metadata name them, and `sam deploy` uploads what they name:

    git archive --format=tar v1.0.0 template.yaml samconfig.toml LICENSE README.md functions layers |
      xz -9 > 1.0.0.tar.xz
"""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local import sam

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.tar.xz"))
PACKAGE = "twilio_connector"


@dataclass(frozen=True)
class Release:
    """Folders of a version: that of its functions, and the `python` of its layer, with all dependencies."""

    functions: Path
    layer: Path

    def jobs(self) -> set[str]:
        """The functions that it has."""
        return {path.parent.name for path in self.functions.glob("*/app.py")}


def this_release() -> Release:
    """This checkout, its layer as `sam build` makes it."""
    return Release(sam.PROJECT_ROOT / "functions", sam.build().parent / "TwilioConnectorLayer" / "python")


@contextmanager
def old_project(archive: Path) -> Iterator[Path]:
    """The folder of an earlier version's checkout, for SAM to build."""
    with TemporaryDirectory(prefix="old-release-") as name, tarfile.open(archive) as opened:
        opened.extractall(name, filter="data")
        yield Path(name)


@contextmanager
def old_release(archive: Path) -> Iterator[Release]:
    """An earlier version, with the dependencies of this one."""
    with old_project(archive) as folder:
        layer = folder / "layers" / PACKAGE / "python"
        for entry in this_release().layer.iterdir():
            if entry.name != PACKAGE:
                (layer / entry.name).symlink_to(entry)
        yield Release(folder / "functions", layer)


def source(archive: Path, name: str) -> str | None:
    """The text of a file in a version's archive, if there is one."""
    with tarfile.open(archive) as opened:
        member = opened.extractfile(name) if name in opened.getnames() else None
        return member.read().decode() if member else None
