"""What the Lambda runtime has besides the standard library, taken from an interpreter's own packages.

A folder of links holds these and nothing else of the interpreter's, so that what is missing in a layer stays missing.
"""

import functools
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
RUNTIME_CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")

_LOCATE = """
import importlib.util, json, sys
print(json.dumps([importlib.util.find_spec(name).origin for name in sys.argv[1:]]))
"""


def link_packages(folder: Path, names: Sequence[str], python: str) -> None:
    """Fills the folder with links to those packages and modules of the interpreter `python`."""
    for origin in _origins(tuple(names), python):
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)


@functools.cache
def _origins(names: tuple[str, ...], python: str) -> list[Path]:
    located = subprocess.run([python, "-I", "-c", _LOCATE, *names], capture_output=True, text=True, check=True)
    return [Path(origin) for origin in json.loads(located.stdout)]
