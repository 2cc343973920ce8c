"""`newtrick doctor` as a user calls it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.audit.machine.machines import MACHINE
from tests.cli.conftest import Command

from newtrick.audit.finding import Severity
from newtrick.audit.machine.check import Seen
from newtrick.audit.machine.checks import MACHINE_CHECKS
from newtrick.audit.machine.software import BrokenPackage
from newtrick.cli.doctor import _show
from newtrick.doctor.examine import Examination, Line

PROBLEM = BrokenPackage().found(
    Severity.ERROR, "torch 2.13.0 cannot be imported: naïve reason", {}, fix="install it again"
)


def shown(*, terminal: bool, encoding: str = "utf-8") -> str:
    lines = (Line("packages", PROBLEM), Line("cores", Seen("not [known]", known=False)))
    file = io.TextIOWrapper(io.BytesIO(), encoding)
    console = Console(file=file, force_terminal=terminal, width=40, color_system=None)
    _show(Examination(MACHINE, lines), console)
    file.seek(0)
    return file.read()


def test_every_topic_has_a_line_and_the_counts_come_last(newtrick: Command) -> None:
    answer = newtrick("doctor", "--offline")
    assert answer.code == 0
    topics = {line.split()[1] for line in answer.out.splitlines()[1:-1]}
    assert topics == {check.topic for check in MACHINE_CHECKS}
    assert answer.out.splitlines()[-1].startswith("errors 0, warnings ")
    assert answer.err == ""


def test_json_has_the_findings_their_counts_and_the_facts(
    newtrick: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:hunter2@proxy.example:1080")
    answer = newtrick("doctor", "--offline", "--json")
    document = json.loads(answer.out)
    assert document["format"] == 1
    findings = {finding["code"]: finding for finding in document["findings"]}
    proxy = findings["socks-proxy"]
    assert list(proxy) == ["code", "severity", "title", "evidence", "rows", "why", "fix"]
    assert sum(document["counts"].values()) == len(document["findings"])
    assert document["facts"]["self_test"]["accuracy"] == 1.0
    assert document["facts"]["network"]["unasked"] == "--offline"
    assert "hunter2" not in answer.out


def test_a_folder_that_cannot_be_written_is_exit_code_3(
    newtrick: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "file" / "cache"))
    answer = newtrick("doctor", "--offline")
    assert answer.code == 3
    (line,) = [line for line in answer.out.splitlines() if line.startswith("error ")]
    assert line.endswith("-> name a folder that can be written, with NEWTRICK_CACHE")


def test_a_torch_that_does_not_load_is_told_and_does_not_end_the_command(tmp_path: Path) -> None:
    reason = "libcudart.so.13: cannot open shared object file"
    (tmp_path / "torch.py").write_text(f"raise ImportError({reason!r})", "utf-8")
    (tmp_path / "newtrick-1.0.dist-info").mkdir()
    metadata = "Metadata-Version: 2.1\nName: newtrick\nVersion: 1.0\nRequires-Dist: torch\n"
    (tmp_path / "newtrick-1.0.dist-info" / "METADATA").write_text(metadata, "utf-8")
    answer = subprocess.run(
        [sys.executable, "-c", "from newtrick.cli import main; main()", "doctor"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 3
    assert f"cannot be imported: {reason} -> " in answer.stdout
    assert "-        self-test  not run" in answer.stdout
    assert answer.stderr == ""


def test_piped_a_problem_is_one_line_that_ends_with_what_to_do() -> None:
    assert shown(terminal=False).splitlines()[1:] == [
        "error    packages   torch 2.13.0 cannot be imported: naïve reason -> install it again",
        "-        cores      not [known]",
        "errors 1, warnings 0, infos 0",
    ]


def test_on_a_terminal_a_long_line_is_wrapped_beside_its_topic() -> None:
    lines = shown(terminal=True).splitlines()
    assert lines[1].startswith("error  packages  torch 2.13.0")
    assert all(line.startswith(" " * 17) for line in lines[2:4])
    assert max(map(len, lines)) <= 40


def test_a_letter_that_the_encoding_lacks_becomes_a_question_mark() -> None:
    assert "na?ve reason" in shown(terminal=False, encoding="ascii")


def test_what_is_not_known_is_no_fact() -> None:
    unknown = replace(MACHINE, gpu=None)
    assert "gpu" not in json.loads(Examination(unknown, ()).to_json())["facts"]
