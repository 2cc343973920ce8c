"""Write the pages of the reference from the code: `make docs`. A test holds them to it."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from newtrick.audit.registry import CHECKS
from newtrick.cli import app
from newtrick.recipe import Recipe, all_settings

FOLDER = Path(__file__).parent
COMMANDS = ("train", "predict", "evaluate", "fetch", "catalogue", "recipe")


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
    lines = [
        "# Findings",
        "",
        "What the audit looks for before training, by code. An error stops the run with exit",
        "code 3 unless it is accepted: `--accept CODE`. Findings are listed in the terminal, in",
        "`audit.json`, in the report and, errors and warnings, on top of the model card.",
    ]
    for check in CHECKS:
        what = (type(check).__doc__ or "").strip()
        lines += ["", f"## {check.code}", "", what, ""]
        lines += [f"- Why: {check.why}", f"- What to do: {check.fix}."]
    return "\n".join(lines) + "\n"


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
