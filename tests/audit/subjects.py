"""Sound data to plant a defect in, and what the audit finds there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from tests.tiny import build_tokenizer, make_reviews

from newtrick.audit.check import audit
from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding
from newtrick.audit.registry import DATA_CHECKS
from newtrick.data.dataset import DROPPED_SCHEMA, SCHEMA, LabelSet
from newtrick.encoder.tokens import Keep, Truncation, tokenize

LABELS = LabelSet(("neg", "pos"), "pos")
Row = tuple[str, str]


def frame(rows: Iterable[Row], file: str) -> pl.DataFrame:
    texts, labels = zip(*rows, strict=True)
    ids = [LABELS.names.index(label) for label in labels]
    columns = {
        "file": [file] * len(ids),
        "row": range(1, len(ids) + 1),
        "text": texts,
        "label": ids,
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def different(rows: int, seed: int) -> list[Row]:
    """Reviews of which no two are alike."""
    return [
        (f"{text} n{seed}n{place}", label)
        for place, (text, label) in enumerate(make_reviews(rows, seed))
    ]


TRAIN, VALIDATION, TEST = different(400, 1), different(100, 2), different(400, 3)


def found(
    train: Sequence[Row] = TRAIN,
    validation: Sequence[Row] = VALIDATION,
    test: Sequence[Row] = TEST,
    *,
    max_tokens: int = 64,
    keep: Keep = "head",
    max_windows: int = 1,
    dropped: Sequence[Mapping[str, object]] = (),
) -> dict[str, Finding]:
    """The findings by their code."""
    splits = {
        "train": frame(train, "train.csv"),
        "validation": frame(validation, "validation.csv"),
        "test": frame(test, "test.csv"),
    }
    truncation, tokenizer = Truncation(max_tokens, keep, max_windows), build_tokenizer()
    tokens = {
        name: tokenize(tokenizer, split["text"].to_list(), truncation)
        for name, split in splits.items()
    }
    reading = Reading("tiny-bert", truncation, tokens)
    left_out = pl.DataFrame(dropped, DROPPED_SCHEMA)
    subject = DataSubject(LABELS, splits, reading, dropped=left_out)
    return {finding.code: finding for finding in audit(subject, DATA_CHECKS)}
