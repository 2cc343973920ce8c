"""Data is audited once, and again as soon as anything that the checks look at has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from tests.audit.subjects import LABELS, TEST, TRAIN, VALIDATION, frame
from tests.tiny import build_tokenizer

from newtrick.audit import kept
from newtrick.audit.check import audit
from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import MAX_ROWS
from newtrick.audit.kept import audited
from newtrick.audit.registry import DATA_CHECKS
from newtrick.data.dataset import DECIDED_SCHEMA, DROPPED_SCHEMA, LabelSet
from newtrick.encoder.save import TRAINED_ON_SCHEMA
from newtrick.encoder.tokens import Keep, Truncation, tokenize

Count = Callable[[], int]
OTHER = {"neg": "pos", "pos": "neg"}
FLIPPED = [(text, OTHER[label] if n % 9 == 0 else label) for n, (text, label) in enumerate(TRAIN)]


@pytest.fixture
def found(caplog: pytest.LogCaptureFixture) -> Count:
    """How often findings were those of an earlier audit."""
    caplog.set_level("INFO")
    return lambda: caplog.messages.count("The findings are those of an earlier audit of it.")


def reading(splits: dict[str, pl.DataFrame], max_tokens: int = 8, keep: Keep = "head") -> Reading:
    truncation, tokenizer = Truncation(max_tokens, keep), build_tokenizer()
    tokens = {
        name: tokenize(tokenizer, rows["text"].to_list(), truncation)
        for name, rows in splits.items()
    }
    return Reading("tiny-bert", truncation, tokens)


def subject(rows: int = 400) -> DataSubject:
    """One with findings of many kinds: copies, leaks, slipped labels, cut texts."""
    splits = {
        "train": frame([*FLIPPED[:rows], *FLIPPED[:30]], "train.csv"),
        "validation": frame(VALIDATION[:rows], "validation.csv"),
        "test": frame([*TEST[:rows], *TRAIN[:5]], "test.csv"),
    }
    return DataSubject(LABELS, splits, reading(splits))


def test_findings_are_kept_whole(found: Count) -> None:
    fresh = audit(subject(), DATA_CHECKS)
    assert audited(subject()) == fresh
    assert found() == 0
    assert audited(subject()) == fresh
    assert found() == 1
    assert max(len(finding.rows) for finding in fresh) > MAX_ROWS
    assert any(finding.suggested for finding in fresh)
    assert len({finding.severity for finding in fresh}) > 1
    assert {type(value) for finding in fresh for value in finding.evidence.values()} >= {int, float}


def test_what_the_checks_look_at_makes_another_audit(found: Count) -> None:
    same = subject(rows=40)
    audited(same)
    splits = same.splits
    fewer = {**splits, "train": splits["train"].head(40)}
    moved = {**splits, "train": splits["train"].with_columns(pl.col("row") + 1)}
    relabelled = {**splits, "test": splits["test"].with_columns(label=1 - pl.col("label"))}
    before = pl.DataFrame([(7, "train")], TRAINED_ON_SCHEMA, orient="row")
    dropped = pl.DataFrame([("a.csv", 3, None, "missing-text")], DROPPED_SCHEMA, orient="row")
    decided = pl.DataFrame([("train.csv", 7, "k7", "keep")], DECIDED_SCHEMA, orient="row")
    assert same.reading is not None
    for change in (
        replace(same, splits=fewer, reading=reading(fewer)),
        replace(same, splits=moved),
        replace(same, splits=relabelled),
        replace(same, labels=LabelSet(("bad", "good"), "good")),
        replace(same, reading=None),
        replace(same, reading=replace(same.reading, model="another")),
        replace(same, reading=replace(same.reading, tokens={})),
        replace(same, reading=reading(dict(splits), keep="tail")),
        replace(same, trained_on=before),
        replace(same, dropped=dropped),
        replace(same, decided=decided),
    ):
        audited(change)
        assert found() == 0
    audited(same)
    assert found() == 1


def test_other_code_audits_anew(found: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    audited(subject(rows=40))
    monkeypatch.setattr(kept, "code_hash", lambda: "that of another version")
    audited(subject(rows=40))
    assert found() == 0
