"""`make nag`: prints findings that nothing explains and suppressions without a finding. Exits with 1 for either."""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.sam import PROJECT_ROOT
from tests.nag.suppressions import Finding, as_written, judge, suppressions
from tests.nag.templates import ALL_REGIONS, ONLY_IN, REGIONS, TEMPLATES, write_transformed
from tests.nag.tools import cdk_nag, cfn_lint
from tests.support.template import load_template


def main() -> int:
    """Hold all templates against the rules."""
    sources = {name: load_template(PROJECT_ROOT / name) for name in [*TEMPLATES, *ONLY_IN]}
    everywhere = {name: source for name, source in sources.items() if name not in ONLY_IN}
    every = [*found(everywhere, REGIONS)]
    for name, regions in ONLY_IN.items():
        every += found({name: sources[name]}, {"aws": regions})
    findings = [replace(each, place=as_written(each.place, sources[each.template])) for each in every]
    declared = [each for name, source in sources.items() for each in suppressions(name, source)]
    unexplained, idle = judge(findings, declared)
    for finding in unexplained:
        print(finding)
    for suppression in idle:
        print(f"{suppression}: suppressed, but nothing finds it any more.")
    print(
        f"{len(sources)} templates, {len(ALL_REGIONS)} regions: {len(unexplained)} unexplained findings, "
        f"{len(declared) - len(idle)} suppressions in use, {len(idle)} without a finding."
    )
    return 1 if unexplained or idle else 0


def found(sources: Mapping[str, dict[str, Any]], partitions: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """What the tools find in the templates as written, and as SAM transforms them in each partition, in its regions.

    cfn-lint reads a template with the transform by the shapes of SAM's own resources, and what they become only in the
    second way. To cdk-nag all partitions are the same.
    """
    everywhere = [region for regions in partitions.values() for region in regions]
    yield from cfn_lint({PROJECT_ROOT / name: name for name in sources}, everywhere)
    with tempfile.TemporaryDirectory(prefix="nag-") as folder:
        for partition, regions in partitions.items():
            files = write_transformed(sources, partition, Path(folder))
            yield from cfn_lint(files, regions)
            if partition == "aws":
                yield from cdk_nag(files)


if __name__ == "__main__":
    sys.exit(main())
