"""Functions and layer as ``sam build`` makes them, with the bytecode of the runtime's own Python."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse

from local import sam
from release.archive import archived
from release.refusal import ReleaseError
from release.sources import Sources

LAYER = "TwilioConnectorLayer"
# The layer has its own name here: that of its sources' folder would not say what it is.
LAYER_NAME = "layer"
RUNTIME = (3, 13)
ABOUT = "import importlib.util, json, sys; print(json.dumps([sys.version_info[:3], importlib.util.MAGIC_NUMBER.hex()]))"
# In the header of a .pyc: it has its source's hash, which Python never checks. https://peps.python.org/pep-0552/
UNCHECKED = b"\x01\x00\x00\x00"


@dataclass(frozen=True)
class Interpreter:
    """The Python at *path*: the *version* that makes the bytecode, and the *magic* number at its beginning."""

    path: str
    version: str
    magic: bytes

    @classmethod
    def of(cls, path: str) -> "Interpreter":
        """Ask the Python at *path*. Raises :class:`ReleaseError` if it does not start, or is not the runtime's."""
        wanted = ".".join(map(str, RUNTIME))
        remedy = f"Install Python {wanted}, or name it: make release RELEASE_PYTHON=/path/to/python{wanted}"
        try:
            # Isolated, so that nothing of this environment changes the answer.
            done = subprocess.run([path, "-I", "-c", ABOUT], capture_output=True, text=True, check=True)
            version, magic = json.loads(done.stdout)
        except (OSError, subprocess.CalledProcessError, ValueError) as exc:
            raise ReleaseError(f"There is no Python {wanted} to make the layer's bytecode with.", remedy) from exc
        if tuple(version[:2]) != RUNTIME:
            told = ".".join(map(str, version))
            raise ReleaseError(f"The bytecode is part of the layer, and Lambda does not read that of {told}.", remedy)
        return cls(path, ".".join(map(str, version)), bytes.fromhex(magic))


@dataclass(frozen=True)
class Build:
    """What ``sam build`` has made in *folder*, of the sources' *template*."""

    folder: Path
    template: dict[str, Any]

    @property
    def layer(self) -> Path:
        """The layer's folder, in which its `python` is."""
        return self.folder / LAYER

    def zips(self) -> dict[str, tuple[str, bytes]]:
        """By logical ID: the name of its zip, and the zip."""
        made = {LAYER: (LAYER_NAME, archived(self.layer, bytecode=True))}
        for logical_id, resource in self.template["Resources"].items():
            if "CodeUri" in resource.get("Properties", {}):
                name = Path(resource["Properties"]["CodeUri"]).name
                made[logical_id] = (name, archived(self.folder / logical_id, bytecode=False))
        return made


def built(sources: Sources, interpreter: Interpreter, folder: Path) -> Build:
    """Build *sources* in *folder*. Raises :class:`ReleaseError`, also for bytecode that is not what was asked for."""
    try:
        template = sam.build_in(folder, sources.folder, {"BYTECODE_PYTHON": interpreter.path})
    except sam.SamError as exc:
        raise ReleaseError(f"sam build failed: {exc}", "Fix it: make build shows the same error.") from exc
    build = Build(template.parent, yaml_parse((sources.folder / "template.yaml").read_text()))
    check_layer(build.layer, interpreter, os.fsencode(folder))
    return build


def check_layer(layer: Path, interpreter: Interpreter, folder: bytes) -> None:
    """Raise :class:`ReleaseError` unless each module of *layer* has bytecode of *interpreter*'s.

    No file in it may name the *folder* in which it was built.
    """
    for module in layer.rglob("*.py"):
        compiled = module.parent / "__pycache__" / f"{module.stem}.cpython-{RUNTIME[0]}{RUNTIME[1]}.pyc"
        if not compiled.exists() or compiled.read_bytes()[:8] != interpreter.magic + UNCHECKED:
            path = module.relative_to(layer)
            raise ReleaseError(f"{path} has no bytecode of Python {interpreter.version}.", "It has to compile there.")
    for path in layer.rglob("*"):
        if path.is_file() and folder in path.read_bytes():
            told = path.relative_to(layer)
            raise ReleaseError(f"{told} names the folder in which it was built.", "layers/twilio_connector/Makefile")
