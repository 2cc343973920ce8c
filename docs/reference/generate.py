"""Write the pages of the reference from the code: `make docs`. A test holds them to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from newtrick.audit.check import Check
from newtrick.audit.machine.checks import MACHINE_CHECKS
from newtrick.audit.registry import ANSWER_CHECKS, CARD_CHECKS, DATA_CHECKS, TRAINING_CHECKS
from newtrick.cli import app
from newtrick.recipe import Recipe, all_settings

FOLDER = Path(__file__).parent
COMMANDS = (
    *("train", "adapt", "tune", "predict", "evaluate", "compare", "audit", "audit-card"),
    *("doctor", "fetch", "catalogue", "recipe"),
)


def settings_page() -> str:
    """Every setting of a recipe with its help and default."""
    defaults: dict[str, dict[str, object]] = Recipe().model_dump()
    lines = [
        "# Settings",
        "",
        "Every setting of a recipe. Change one with `--set SECTION.NAME=VALUE`, or several in a",
        "TOML file given with `--recipe FILE`; `newtrick recipe default` prints one to start from.",
    ]
    for section in Recipe.model_fields:
        lines += ["", f"## {section}", "", "| setting | default | |", "| --- | --- | --- |"]
        for setting in all_settings().values():
            if setting.section == section:
                value = defaults[section][setting.name]
                shown = "" if value is None else f"`{value}`"
                lines.append(f"| `{setting.key}` | {shown} | {setting.help} |")
    return "\n".join(lines) + "\n"


def findings_page() -> str:
    """Every finding of the audit: what it is, why it matters, what to do."""
    lines = ["# Findings", "", "What the audit looks for, by code."]
    lines += _findings(
        "Data",
        [
            "Looked for by `newtrick audit`, and before training. An error stops the run with",
            "exit code 3 unless it is accepted: `--accept CODE`. Findings are listed in the",
            "terminal, in `audit.json`, in the report and, errors and warnings, on top of the",
            "model card.",
        ],
        DATA_CHECKS,
    )
    lines += _findings(
        "Training",
        [
            "Looked for at each evaluation, and after training. An error ends a training that is",
            "lost, with exit code 3 and the best model so far, unless it is accepted.",
        ],
        TRAINING_CHECKS,
    )
    lines += _findings(
        "Answers",
        ["Looked for after training, in what the model says of the validation and test rows."],
        ANSWER_CHECKS,
    )
    lines += _findings(
        "Model cards",
        ["Looked for by `newtrick audit-card`. An error that is not accepted is exit code 3."],
        CARD_CHECKS,
    )
    lines += _findings(
        "Environment",
        ["Looked for by `newtrick doctor`. An error is exit code 3."],
        MACHINE_CHECKS,
    )
    return "\n".join(lines) + "\n"


def _findings(kind: str, when: Sequence[str], checks: Sequence[Check[Any]]) -> Iterator[str]:
    yield from ("", f"## {kind}", "", *when)
    for check in checks:
        what = (type(check).__doc__ or "").strip()
        yield from ("", f"### {check.code}", "", what, "")
        yield from (f"- Why: {check.why}", f"- What to do: {check.fix}.")


def commands_page() -> str:
    """The help of every command."""
    lines = ["# Commands", "", "What `--help` prints."]
    for command in COMMANDS:
        answer = CliRunner().invoke(
            app, [command, "--help"], prog_name="newtrick", env={"COLUMNS": "98"}
        )
        text = "\n".join(line.rstrip() for line in answer.output.strip("\n").splitlines())
        lines += ["", f"## newtrick {command}", "", "```text", text, "```"]
    return "\n".join(lines) + "\n"


PAGES = {
    "settings.md": settings_page,
    "findings.md": findings_page,
    "commands.md": commands_page,
}


if __name__ == "__main__":
    for page, render in PAGES.items():
        (FOLDER / page).write_text(render(), "utf-8")
