"""The files of a release, by name."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from release.archive import digest
from release.building import LAYER, Build, Interpreter
from release.carried import LICENCES, Carried, carried, licences
from release.refusal import ReleaseError
from release.sources import Sources
from release.templates import packaged, transformed

NAME = "twilio-connector"
SUMS = "SHA256SUMS"


def contents(sources: Sources, interpreter: Interpreter, build: Build, tools: Path) -> dict[str, bytes]:
    """What is in each file of the release. *tools* is the environment of requirements-release.txt.

    Raises :class:`ReleaseError`.
    """
    stem = f"{NAME}-{sources.version}"
    zips = build.zips()
    keys = {logical_id: f"{name}-{digest(content)}.zip" for logical_id, (name, content) in zips.items()}
    files = {keys[logical_id]: content for logical_id, (_, content) in zips.items()}
    template = packaged(build.template, keys)
    files[f"{stem}.template.json"] = _json(template)
    files[f"{stem}.transformed.template.json"] = _json(transformed(template))
    found = carried(build.layer / "python")
    files[f"{stem}.cdx.json"] = _bill(sources, interpreter, digest(zips[LAYER][1]), found, tools)
    files[LICENCES] = licences(found).encode()
    files["LICENSE"] = (sources.folder / "LICENSE").read_bytes()
    # As `sha256sum --check` reads them.
    files[SUMS] = "".join(f"{digest(files[name])}  {name}\n" for name in sorted(files)).encode()
    return files


def _json(template: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(template, indent=1, ensure_ascii=False)}\n".encode()


def _bill(sources: Sources, interpreter: Interpreter, layer: str, found: list[Carried], tools: Path) -> bytes:
    """A bill of materials of the layer with that SHA-256, made in the environment *tools*."""
    told = {
        "version": sources.version,
        "made": int(sources.made.timestamp()),
        "python": interpreter.version,
        "layer": layer,
        "carried": [asdict(each) for each in found],
    }
    try:
        done = subprocess.run(
            [tools / "bin" / "python", "-m", "release.bill"],
            cwd=sources.folder,
            input=json.dumps(told).encode(),
            capture_output=True,
            check=True,
        )
    except OSError as exc:
        raise ReleaseError(f"{tools} is not there.", "make release makes it, from requirements-release.txt.") from exc
    except subprocess.CalledProcessError as exc:
        raise ReleaseError(
            f"The bill of materials could not be made: {exc.stderr.decode(errors='replace').strip().splitlines()[-1:]}",
            "Fix release/bill.py, or see requirements-release.txt.",
        ) from exc
    return done.stdout
