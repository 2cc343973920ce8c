from __future__ import annotations

import numpy as np
import pytest
from tests.audit.subjects import LABELS, frame

from newtrick.audit.effect import scores_without
from newtrick.audit.finding import Finding, Severity
from newtrick.evaluation.scores import ScoresWithout

TEST = frame([("a", "neg"), ("b", "pos"), ("c", "neg"), ("d", "pos"), ("e", "pos")], "test.csv")
WRONG_ON_THE_LAST = np.array([[2, 0], [0, 2], [2, 0], [0, 2], [2, 0]], dtype=np.float32)
ALWAYS_POS = np.ones(5, dtype=np.int64)


def named(code: str, *rows: str, split: str | None = None) -> Finding:
    evidence = {} if split is None else {"split": split}
    return Finding(code, Severity.WARNING, "", "", "", evidence, rows)


def without(*findings: Finding) -> dict[str, ScoresWithout]:
    effects = scores_without(findings, TEST, LABELS, WRONG_ON_THE_LAST, ALWAYS_POS)
    return {effect.code: effect for effect in effects or ()}


def test_leaked_rows_are_left_out_of_both_scores() -> None:
    effect = without(named("leakage", "test.csv:1", "test.csv:2", split="test"))["leakage"]
    assert effect.removed_rows == 2
    assert effect.test is not None
    assert effect.baseline is not None
    assert effect.test.rows == effect.baseline.rows == 3
    assert effect.test.accuracy == pytest.approx(2 / 3)
    assert effect.baseline.accuracy == pytest.approx(2 / 3)
    assert effect.test.accuracy_interval[0] < 2 / 3 < effect.test.accuracy_interval[1]


def test_each_code_has_a_line_of_its_own_over_all_its_findings() -> None:
    effects = without(
        named("conflicting-labels", "train.csv:9", "test.csv:5"),
        named("conflicting-labels", "test.csv:4"),
        named("near-duplicates", "test.csv:1", split="test"),
    )
    assert {code: effect.removed_rows for code, effect in effects.items()} == {
        "near-duplicates": 1,
        "conflicting-labels": 2,
    }


def test_suspected_label_errors_say_nothing_of_the_baseline_that_suspects_them() -> None:
    effect = without(named("label-noise", "test.csv:5"))["label-noise"]
    assert effect.test is not None
    assert effect.test.accuracy == 1
    assert effect.baseline is None


def test_rows_of_other_splits_and_pairs_within_one_change_nothing() -> None:
    assert not without(
        named("leakage", "validation.csv:1", split="validation"),
        named("near-duplicates", "test.csv:1", split="all"),
        named("duplicates", "test.csv:2"),
        named("label-noise", "train.csv:3"),
    )


@pytest.mark.parametrize("rows", [(1, 2, 3, 4, 5), (1, 3)])
def test_no_row_left_or_only_one_class_has_no_score(rows: tuple[int, ...]) -> None:
    leaked = named("leakage", *(f"test.csv:{row}" for row in rows), split="test")
    effect = without(leaked)["leakage"]
    assert effect.removed_rows == len(rows)
    assert effect.model_dump(exclude_none=True).keys() == {"code", "removed_rows"}


def test_a_model_without_a_baseline_has_its_own_score_alone() -> None:
    leaked = named("leakage", "test.csv:1", split="test")
    effects = scores_without([leaked], TEST, LABELS, WRONG_ON_THE_LAST)
    assert effects is not None
    assert effects[0].test is not None
    assert effects[0].baseline is None
