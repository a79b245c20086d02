"""Running the shell commands of a page, as somebody would who pastes them one after the other."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.sam import PROJECT_ROOT
from tests.support.pages import blocks

# People have version 2 of the CLI. Version 1, which installs by pip, does not read AWS_ENDPOINT_URL for SQS, and cannot
# follow logs, in whose patterns the local AWS knows no alternatives. `make` is the project's, wherever it is typed,
# with the tools of this environment; where it would ask (`make connect`), the answer is given beforehand.
LOCALLY = f"""
aws() {{
  if [ "$1 $2" = "logs tail" ]; then
    set -- logs filter-log-events --log-group-name "$3" --query "events[].message" --output text
  fi
  command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"
}}
make() {{
  command make --no-print-directory --directory="{PROJECT_ROOT}" --old-file=.venv/.ready BIN="${{PYTHON%/*}}" YES=1 "$@"
}}
"""

# A sam that asks reads all of its input ahead, so that each deployment needs a yes of its own.
ANSWERING_SAM = """
sam() {
  if [[ $1 == deploy ]]; then
    command sam "$@" < <(yes)
  else
    command sam "$@"
  fi
}
"""


def commands(page: Path) -> list[str]:
    """The blocks of the page that can be run, in their order."""
    return [block.text for block in blocks(page.read_text()) if block.language == "sh" and not block.not_run]


def run(script: str, environment: Mapping[str, str], folder: Path = PROJECT_ROOT) -> str:
    """Run commands in one shell, which stops at the first that fails, and return what they print.

    Questions are answered with yes. The tools are those of this environment.
    """
    hosts = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "TWILIO_"))}
    tools = Path(sys.executable).parent
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", LOCALLY + ANSWERING_SAM + script],
        cwd=folder,
        env={
            **hosts,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "AWS_PAGER": "",
            "PYTHON": sys.executable,
            "SAM_CLI_POLL_DELAY": "0.1",
            "SAM_CLI_TELEMETRY": "0",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    return result.stdout
