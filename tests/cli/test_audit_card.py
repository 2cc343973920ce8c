from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from tests.audit.card.cards import REFERENCE, table
from tests.cli.conftest import Command
from tests.conftest import TinyRun


def test_the_reference_card_is_torn_apart(newtrick: Command, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(REFERENCE)
    answer = newtrick("audit-card", tmp_path / "README.md")
    assert answer.code == 3
    assert "one-class-evaluation: F1 is 2a/(1+a)" in answer.out
    assert "step 1,000 is better: validation loss 0.1439 against 0.4422" in answer.out
    assert "since step 1,000 the validation loss rises" in answer.out
    assert answer.out.splitlines()[-1].startswith("errors 2, warnings ")


def test_json_is_one_document_with_the_counts(newtrick: Command, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(REFERENCE)
    answer = newtrick("audit-card", tmp_path / "README.md", "--json")
    document = json.loads(answer.out)
    assert answer.code == 3
    assert document["format"] == 1
    assert document["counts"]["error"] == 2
    assert document["findings"][0]["code"] == "one-class-evaluation"
    assert document["findings"][0]["rows"][0] == "README.md:22"


def test_errors_can_be_accepted_by_name(newtrick: Command, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(REFERENCE)
    codes = ("one-class-evaluation", "not-best-checkpoint")
    accepted = [part for code in codes for part in ("--accept", code)]
    assert newtrick("audit-card", tmp_path / "README.md", *accepted).code == 0
    assert newtrick("audit-card", tmp_path / "README.md", *accepted[:2]).code == 3
    unknown = newtrick("audit-card", tmp_path / "README.md", "--accept", "one-clas")
    assert unknown.code == 2
    assert "did you mean" in unknown.err


def test_a_pasted_table_comes_by_standard_input(
    newtrick: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(table().encode())))
    answer = newtrick("audit-card", "-")
    assert answer.code == 3
    assert "one-class-evaluation" in answer.out


def test_the_card_of_a_run_has_neither_error_nor_warning(
    newtrick: Command, tiny_run: TinyRun
) -> None:
    answer = newtrick("audit-card", tiny_run.run.folder, "--json")
    assert answer.code == 0
    counts = json.loads(answer.out)["counts"]
    assert (counts["error"], counts["warning"]) == (0, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"# Fruit\n\n| Fruit | Price |\n|---|---|\n| pear | 3 |\n", "nothing to audit"),
        (b"", "nothing to audit"),
        (b"\x00\xff\xfe" * 1000, "not a text file"),
        (b"| 1 |" * 1_000_000, "too large"),
        (b"---\na: b: c\ndatasets: {\n---\n", "no YAML"),
    ],
)
def test_what_is_no_card_is_told(
    content: bytes, said: str, newtrick: Command, tmp_path: Path
) -> None:
    (tmp_path / "card.md").write_bytes(content)
    answer = newtrick("audit-card", tmp_path / "card.md")
    assert answer.code == 2
    assert answer.out == ""
    assert said in answer.err
    assert "card.md" in answer.err
    assert "Traceback" not in answer.err


def test_a_path_without_a_card_is_told(newtrick: Command, tmp_path: Path) -> None:
    assert "cannot be read" in newtrick("audit-card", tmp_path / "missing.md").err
    assert "no model card in this folder" in newtrick("audit-card", tmp_path).err


def test_a_code_of_another_command_is_not_taken(newtrick: Command, tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("- Accuracy: 0.9\n")
    answer = newtrick("audit-card", tmp_path / "card.md", "--accept", "one-class")
    assert answer.code == 2
    assert "did you mean one-class-evaluation?" in answer.err


def test_what_was_read_stands_before_the_findings(newtrick: Command, tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("| Epoch | Loss |\n|---|---|\n| 1 | 0.5 |\n")
    told = "training table, 1 row: epoch, validation loss"
    answer = newtrick("audit-card", tmp_path / "card.md")
    assert answer.out.splitlines()[0] == f"read: {told}"
    answer = newtrick("audit-card", tmp_path / "card.md", "--json")
    assert json.loads(answer.out)["read"] == told
