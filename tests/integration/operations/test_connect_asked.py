"""Nothing is connected that nobody has said yes to, nor by arguments that make no sense."""

import io
import sys
from dataclasses import replace

import pytest

from operations.connect.main import main
from operations.stack import Stack
from tests.support.connecting import (
    NUMBER,
    RIGHT,
    changes,
    connected,
    kept,
    last,
    own,
)
from tests.support.deployed_stack import NAME, DeployedStack


def test_a_dry_run_shows_and_changes_nothing(deployed: DeployedStack) -> None:
    own(deployed)
    findings = connected(deployed, dry_run=True)
    assert [finding.text for finding in findings] == [
        f"SmsUrl is https://…@other.example.com/in?…, to be {RIGHT}.",
        "Nothing was changed: DRY_RUN=1.",
    ]
    connected(deployed)
    before = kept(deployed)
    connected(deployed, restore=True, dry_run=True)
    assert (len(changes(deployed)), kept(deployed)) == (1, before)


def test_who_says_no_changes_nothing(deployed: DeployedStack) -> None:
    own(deployed)
    assert last(connected(deployed, lambda: False)) == ("warn", "Nothing was changed.")
    assert (changes(deployed), kept(deployed)) == ([], [])


def test_what_changes_while_it_is_being_asked_stays(deployed: DeployedStack) -> None:
    owned = own(deployed)

    def slowly() -> bool:
        owned[1] = replace(owned[1], sms_url="https://meanwhile.example.com/in")
        return True

    assert last(connected(deployed, slowly))[0] == "FAIL"
    assert owned[1].sms_url == "https://meanwhile.example.com/in"
    assert (changes(deployed), kept(deployed)) == ([], [])


class Terminal(io.StringIO):
    """Somebody who types this."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stdin", "flags", "status", "changed"),
    [
        (Terminal("y\n"), [], 0, 1),
        (Terminal("n\n"), [], 0, 0),
        (Terminal("\n"), [], 0, 0),
        (Terminal(""), [], 0, 0),
        (io.StringIO("y\n"), [], 1, 0),
        (io.StringIO(""), ["--yes"], 0, 1),
        (io.StringIO(""), ["--dry-run"], 0, 0),
        (io.StringIO(""), ["--dry-run", "--yes"], 0, 0),
    ],
    ids=["y", "n", "return", "end of input", "no terminal", "yes beforehand", "dry run", "dry run and yes"],
)
def test_nothing_changes_unless_somebody_says_yes(
    deployed: DeployedStack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stdin: io.StringIO,
    flags: list[str],
    status: int,
    changed: int,
) -> None:
    own(deployed)
    stack = deployed.stack
    monkeypatch.setattr(Stack, "find", lambda *_: stack)
    monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["--stack", NAME, "--number", NUMBER, *flags]) == status
    assert len(changes(deployed)) == len(kept(deployed)) == changed
    out = capsys.readouterr().out
    assert ("Change it?" in out) == isinstance(stdin, Terminal)
    assert ("YES=1" in out) == (status == 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "one of the arguments --number --service is required"),
        (["--number", ""], "one of the arguments --number --service is required"),
        (["--number", NUMBER, "--service", "MG" + "0" * 32], "not allowed with argument"),
        (["--service", "MG1"], "must be the SID of a messaging service"),
        (["--number", NUMBER, "--fallback", "example.com"], "must be a complete URL"),
        (["--number", NUMBER, "--fallback", "https://[example"], "must be a complete URL"),
        (["--number", NUMBER, "--fallback", "https://e.com/a b"], "must be a complete URL"),
        (["--number", NUMBER, "--restore", "--fallback", "https://e.com"], "RESTORE puts back what was there"),
    ],
    ids=["neither", "empty", "both", "no service", "no URL", "broken URL", "blank", "fallback of a restore"],
)
def test_arguments_that_make_no_sense_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--stack", NAME, *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
