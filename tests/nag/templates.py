"""Every template of the project, and where each is held against the rules."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.sam import PROJECT_ROOT
from tests.support.template import TEMPLATES_TO_COPY, transformed

TEMPLATES = [
    "template.yaml",
    *sorted(path.relative_to(PROJECT_ROOT).as_posix() for path in TEMPLATES_TO_COPY.values()),
]

# Of types that AWS has not brought to all regions yet: where they are, by the names of their templates.
ONLY_IN = {
    "examples/conversations-in-order/template.yaml": ["us-east-1", "us-west-2", "eu-central-1", "ap-southeast-2"]
}

# By partition: the largest regions, some of the youngest, which lack the most, and those that AWS keeps apart.
REGIONS = {
    "aws": ["us-east-1", "us-west-2", "eu-central-1", "ap-southeast-2", "il-central-1", "mx-central-1"],
    "aws-us-gov": ["us-gov-east-1", "us-gov-west-1"],
    "aws-cn": ["cn-north-1", "cn-northwest-1"],
}
ALL_REGIONS = [region for regions in REGIONS.values() for region in regions]


def write_transformed(sources: Mapping[str, dict[str, Any]], partition: str, folder: Path) -> dict[Path, str]:
    """Write below *folder* what SAM makes of the templates in *partition*; return their names by file."""
    files = {}
    for name, source in sources.items():
        file = (folder / partition / name).with_suffix(".json")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(transformed(source, REGIONS[partition][0])))
        files[file] = name
    return files
