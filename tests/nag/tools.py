"""cfn-lint and cdk-nag, as `make nag` installs them in an environment of their own."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from local.sam import PROJECT_ROOT
from tests.nag.suppressions import Finding

ENVIRONMENT = PROJECT_ROOT / ".venv" / "nag"


class ToolError(Exception):
    """A tool said nothing that can be read; its own words are the message."""


def cfn_lint(templates: Mapping[Path, str], regions: Sequence[str]) -> Iterator[Finding]:
    """What it finds in *templates*, files with the names to report them by. Nothing in them suppresses its findings.

    https://github.com/aws-cloudformation/cfn-lint#parameters
    """
    rules = ["--append-rules", "cfn_lint_serverless.rules", "--mandatory-checks", "E", "W", "I"]
    # Of what is only information: ARNs in Fn::Sub that name a partition.
    rules += ["--include-checks", "I3042"]
    command: list[str | Path] = [ENVIRONMENT / "bin" / "cfn-lint", "--format", "json", *rules, "--regions", *regions]
    for match in _answer([*command, "--template", *templates]):
        kind, *names = match["Location"]["Path"] or ["Template"]
        place = names[0] if kind == "Resources" and names else "/".join(map(str, [kind, *names[:1]]))
        yield Finding(templates[Path(match["Filename"])], place, match["Rule"]["Id"], "", match["Message"])


def cdk_nag(templates: Mapping[Path, str]) -> Iterator[Finding]:
    """What its packs AwsSolutions and Serverless find in *templates*, files without a transform."""
    for match in _answer(["node", Path(__file__).with_name("cdk_nag.js"), *templates]):
        name = templates[Path(match["file"])]
        yield Finding(name, match["place"], match["rule"], match["part"], match["message"])


def _answer(command: Sequence[str | Path]) -> list[dict[str, Any]]:
    environment = {**os.environ, "NODE_PATH": str(ENVIRONMENT / "node_modules")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT_ROOT, env=environment, check=False)
    try:
        findings: list[dict[str, Any]] = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise ToolError(f"{Path(command[0]).name}: {done.stderr or done.stdout}") from error
    return findings
