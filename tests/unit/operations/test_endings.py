"""How the commands end: an exit status of one table, and, for machines, one document however they end."""

import json
import re
import signal
import sys
from collections.abc import Callable, Generator
from importlib import import_module
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from operations.__main__ import COMMANDS
from operations.command import told
from operations.exit_status import MEANINGS
from operations.findings import Finding, Level, Subject
from operations.progress import SILENT
from operations.progress import Lines as Plain
from operations.reports import Document, Lines
from operations.stack import StackError
from release.__main__ import main as release
from tests.support.signals import ignoring

CODE = Subject("code")
FINE, HM, BAD = CODE.ok("Fine."), CODE.warn("Hm.", "Look."), CODE.fail("Bad.", "Mend it.")
PAGE = (PROJECT_ROOT / "docs" / "operations.md").read_text()


def all_well() -> Generator[Finding]:
    yield FINE
    yield HM


def bad() -> Generator[Finding]:
    yield FINE
    yield BAD


def kept_from_it() -> Generator[Finding]:
    yield FINE
    raise StackError("There is no stack.", "Check STACK.")


def broken() -> Generator[Finding]:
    yield FINE
    raise ZeroDivisionError


def ended_by(number: signal.Signals) -> Callable[[], Generator[Finding]]:
    def findings() -> Generator[Finding]:
        yield FINE
        signal.raise_signal(number)
        yield BAD

    return findings


ENDINGS = [
    pytest.param(all_well, 0, id="well"),
    pytest.param(bad, 1, id="bad"),
    pytest.param(kept_from_it, 1, id="kept from it"),
    pytest.param(broken, 1, id="broken"),
    pytest.param(ended_by(signal.SIGHUP), 129, id="SIGHUP"),
    pytest.param(ended_by(signal.SIGINT), 130, id="SIGINT"),
    pytest.param(ended_by(signal.SIGTERM), 143, id="SIGTERM"),
]


def status_of(findings: Callable[[], Generator[Finding]], report: Any, progress: Plain) -> int:
    """The exit status that ``python -m operations`` would make of it."""
    with ignoring():
        try:
            return told(findings(), report, progress)
        except KeyboardInterrupt:
            return 130
        except SystemExit as exc:
            assert isinstance(exc.code, int)
            return exc.code
        except ZeroDivisionError:
            return 1


@pytest.mark.parametrize(("findings", "status"), ENDINGS)
def test_however_a_command_ends_there_is_one_document_with_its_status(
    findings: Callable[[], Generator[Finding]], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Document(command="doctor", stack="s", region=None)
    assert status_of(findings, report, Plain(sys.stderr, every_step=True)) == status
    document = json.loads(capsys.readouterr().out)
    first = {"level": "ok", "subject": "code", "text": "Fine.", "remedy": ""}
    assert document["findings"][0] == first
    assert (document["exitStatus"], document["complete"]) == (status, findings in (all_well, bad))
    levels = [each["level"] for each in document["findings"]]
    assert document["counts"] == {level: levels.count(level) for level in ("ok", "warn", "fail")}
    assert (document["command"], document["stack"], document["region"]) == ("doctor", "s", None)


def test_the_page_shows_such_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    told(bad(), Document(command="doctor", stack="twilio-connector", region=None), SILENT)
    document = json.loads(capsys.readouterr().out)
    (shown,) = re.findall(r'^```\n(\{\n  "command".*?^\})\n```', PAGE, re.MULTILINE | re.DOTALL)
    example = json.loads(shown)
    assert list(example) == list(document)
    assert [list(each) for each in example["findings"]] == [list(each) for each in document["findings"]]
    same = ("command", "stack", "region", "counts", "complete", "exitStatus")
    assert [example[key] for key in same] == [document[key] for key in same]


def test_what_keeps_a_command_from_its_work_is_a_finding_of_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    status_of(kept_from_it, Document(command="replay"), Plain(sys.stderr, every_step=True))
    told_of = json.loads(capsys.readouterr().out)["findings"][-1]
    assert told_of == {
        "level": "fail",
        "subject": "replay",
        "text": "There is no stack.",
        "remedy": "Check STACK.",
    }


@pytest.mark.parametrize(("findings", "status"), ENDINGS)
def test_people_read_lines_with_a_sum_only_of_the_whole(
    findings: Callable[[], Generator[Finding]], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(findings, Lines(), Plain(sys.stderr, every_step=False)) == status
    captured = capsys.readouterr()
    assert captured.out.startswith("ok    code: Fine.\n")
    assert (" to look at, " in captured.out) == (findings in (all_well, bad))
    assert ("FAIL  There is no stack.\n      -> Check STACK." in captured.err) == (findings is kept_from_it)


def test_every_status_that_a_command_can_end_with_is_in_the_table() -> None:
    assert {status for _, status in (each.values for each in ENDINGS)} | {2} == MEANINGS.keys()


def test_the_page_has_the_table() -> None:
    (section,) = re.findall(r"^## Exit statuses\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    rows = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", section, re.MULTILINE))
    assert {int(status): meaning for status, meaning in rows.items()} == MEANINGS


MAINS = {**{name: import_module(module).main for name, module in COMMANDS.items()}, "release": release}


@pytest.mark.parametrize("name", MAINS)
def test_the_help_of_each_command_has_it_too_and_names_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        MAINS[name](["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    shown = dict(re.findall(r"^  (\d+) +(.+)$", out.split("exit status:\n")[1], re.MULTILINE))
    assert {int(status): meaning for status, meaning in shown.items()} == MEANINGS
    assert "--json" in out


@pytest.mark.parametrize("name", MAINS)
def test_arguments_that_make_no_sense_end_with_2_and_no_document(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        MAINS[name](["--json", "--no-such-thing"])
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out) == (2, "")
    assert "usage: " in captured.err


def test_levels_are_one_word_in_lower_case_for_machines() -> None:
    assert [level.lower() for level in Level] == ["ok", "warn", "fail"]
