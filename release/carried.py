"""What a layer carries besides the connector's package: Python distributions, each with its licence."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Self

from release.refusal import ReleaseError

LICENCES = "THIRD-PARTY-LICENSES.txt"
_RULE = "=" * 100


@dataclass(frozen=True)
class Carried:
    """A distribution, by *name* and *version*: the *licence* it declares, its *texts*, and what it *requires*."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]
    requires: tuple[str, ...]

    @classmethod
    def of(cls, distribution: Distribution, folder: Path) -> Self:
        """Read the distribution in *folder*. Raises :class:`ReleaseError` if it has no licence."""
        metadata = distribution.metadata.json
        name = str(metadata["name"])
        # The first is https://peps.python.org/pep-0639/, the second what came before it.
        licence = str(metadata.get("license_expression") or metadata.get("license", ""))
        files = sorted(
            path for path in folder.rglob("*") if path.is_file() and path.name.startswith(("LICENSE", "NOTICE"))
        )
        if not licence or not files:
            raise ReleaseError(f"{name} comes without a licence.", "Find it, or do without the distribution.")
        texts = tuple(path.read_text(encoding="utf-8").strip() for path in files)
        return cls(name, distribution.version, licence, texts, tuple(distribution.requires or ()))


def carried(python: Path) -> list[Carried]:
    """The distributions in the folder *python* of a layer, by name. Raises :class:`ReleaseError`."""
    return sorted(_found(python), key=lambda each: each.name.lower())


def licences(found: list[Carried]) -> str:
    """The licences of the distributions *found*, one after the other."""
    parts = [f"{_RULE}\n{each.name} {each.version} ({each.licence})\n{_RULE}\n" for each in found]
    bodies = ["\n\n".join(each.texts) for each in found]
    return "\n\n".join(f"{part}\n{body}" for part, body in zip(parts, bodies, strict=True)) + "\n"


def _found(python: Path) -> Iterator[Carried]:
    for distribution in distributions(path=[str(python)]):
        stem = distribution.metadata["Name"].replace("-", "_")
        yield Carried.of(distribution, python / f"{stem}-{distribution.version}.dist-info")
