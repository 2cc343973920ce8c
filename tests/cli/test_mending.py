"""The loop of mending as a user goes through it: audit, decide, train, audit again."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.tiny import GOOD, QUICK, make_reviews

SUSPECTED = {"label-noise", "conflicting-labels", "placeholder"}
FLIPPED = range(0, 500, 9)
SETTINGS = [f"--set={name}={value}" for name, value in (QUICK | {"training.epochs": 1.0}).items()]


@pytest.fixture
def flawed(tmp_path: Path) -> Path:
    """500 reviews with a ninth of the labels wrong, a conflict and a placeholder."""
    rows = [(f"{text} n{place}", label) for place, (text, label) in enumerate(make_reviews(500))]
    for place in FLIPPED:
        rows[place] = (rows[place][0], "pos" if rows[place][1] == "neg" else "neg")
    rows += [("null", "pos"), ("=SUM(A1) lovely film", "pos"), ("=SUM(A1) lovely film", "neg")]
    path = tmp_path / "flawed.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def decide(review: Path) -> None:
    """Fill in what the words of a text say, and save it as Excel does in much of Europe."""
    with review.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        truth = "pos" if set(row["text"].split()) & set(GOOD) else "neg"
        wrong = "Drop" if row["text"] == "null" else f"Relabel: {truth}"
        row["decision"] = "keep" if row["label"] == truth else wrong
    with review.open("w", newline="", encoding="cp1252") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def codes(document: str) -> set[str]:
    return {finding["code"] for finding in json.loads(document)["findings"]}


def test_what_a_person_decided_is_trained_on_told_in_the_card_and_not_found_again(
    newtrick: Command, flawed: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    review = Path("review.csv")
    first = newtrick("audit", flawed, "--write-review", review, "--json")
    assert codes(first.out) >= SUSPECTED
    assert f"newtrick train DATA --corrections {review}" in first.err

    decide(review)
    run = tmp_path / "run"
    answer = newtrick(
        *("train", flawed, "--model", tiny_encoder, "--out", run, *SETTINGS),
        *("--corrections", review, "--fix", "duplicates,leakage", "--fix", "near-duplicates"),
    )
    assert answer.code == 0
    assert not codes((run / "audit.json").read_text("utf-8")) & SUSPECTED
    card = (run / "model" / "README.md").read_text("utf-8")
    assert "- corrections: Decisions of review.csv (sha256 " in card
    assert "- fix: duplicates: training rows that repeat an earlier one" in card
    recipe = tomllib.loads((run / "recipe.toml").read_text("utf-8"))
    assert recipe["data"]["corrections"] == str(review.absolute())
    assert recipe["data"]["fix"] == ["duplicates", "leakage", "near-duplicates"]


def test_a_new_review_takes_earlier_decisions_over(
    newtrick: Command, flawed: Path, tmp_path: Path
) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.xlsx"
    newtrick("audit", flawed, "--write-review", old)
    decide(old)
    assert newtrick("audit", flawed, "--write-review", old).code == 2
    answer = newtrick("audit", flawed, "--corrections", old, "--write-review", new)
    assert re.search(r"Rows to decide on in .*new.xlsx: \d+; decided before: [1-9]", answer.err)
    assert not any(f"{code}:" in answer.out for code in SUSPECTED)
    again = newtrick("audit", flawed, "--corrections", new)
    told = [line for line in answer.err.splitlines() if "corrections: Decisions of" in line]
    told_again = [line for line in again.err.splitlines() if "corrections: Decisions of" in line]
    assert told[0].partition(")")[2] == told_again[0].partition(")")[2]


def test_wrong_decisions_and_unknown_fixes_are_told_before_anything_is_trained(
    newtrick: Command, flawed: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    review = tmp_path / "review.csv"
    review.write_text("key,decision\nk0123456789abcdef,relabel:poss\nk0123456789abcdee,dorp\n")
    answer = newtrick("train", flawed, "--model", tiny_encoder, "--corrections", review)
    assert answer.code == 2
    assert "did you mean relabel:pos?" in answer.err
    assert "did you mean drop?" in answer.err
    answer = newtrick("train", flawed, "--model", tiny_encoder, "--fix", "duplicate,leakage")
    assert answer.code == 2
    assert "data.fix: there is no 'duplicate', did you mean duplicates?" in answer.err
    assert "Traceback" not in answer.err


def test_stray_labels_of_a_row_or_two_are_listed_decided_on_and_trained_without(
    newtrick: Command, tiny_encoder: Path, tmp_path: Path
) -> None:
    rows = [("text", "label"), *make_reviews(240), ("a stray film", "NEG"), ("lost", "meh")]
    data, review = tmp_path / "strays.csv", tmp_path / "review.csv"
    with data.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    first = newtrick("audit", data, "--write-review", review, "--json")
    found = {finding["code"]: finding for finding in json.loads(first.out)["findings"]}
    assert found["too-few-rows"]["rows"] == [f"{data}:241", f"{data}:242"]

    with review.open(newline="", encoding="utf-8-sig") as file:
        listed = list(csv.DictReader(file))
    assert [(row["label"], row["suggested"]) for row in listed] == [("NEG", "neg"), ("meh", "")]
    keys = [row["key"] for row in listed]
    review.write_text(f"key,decision\n{keys[0]},relabel:neg\n")
    answer = newtrick("audit", data, "--corrections", review)
    assert answer.code == 3
    assert "'meh'" in answer.out
    assert "NEG" not in answer.out

    review.write_text(f"key,decision\n{keys[0]},relabel:neg\n{keys[1]},drop\n")
    assert newtrick("audit", data, "--corrections", review).code == 0
    out = tmp_path / "run"
    assert (
        newtrick(
            *("train", data, "--model", tiny_encoder, "--out", out, *SETTINGS),
            *("--corrections", review),
        ).code
        == 0
    )
