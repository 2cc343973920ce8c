"""Two runs made by hand: one with two labels, one with three."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.events import evaluation, step

from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import Note
from newtrick.encoder.tokens import Truncation
from newtrick.evaluation.calibration import reliability
from newtrick.evaluation.decisions.abstention import risk_coverage
from newtrick.evaluation.decisions.check import Curves
from newtrick.evaluation.decisions.scores import (
    AbstentionScores,
    CalibrationScores,
    CostScores,
    DecisionScores,
    SetScores,
    ThresholdScores,
)
from newtrick.evaluation.result import DataSummary, FindingCounts, Result, TrainingSummary
from newtrick.evaluation.scores import BaselineScores, Gain, Scores
from newtrick.recipe import DataSettings, Recipe, TrainingSettings
from newtrick.report.record import RunRecord
from newtrick.run import Environment

ENVIRONMENT = Environment(
    python="3.11.9",
    platform="Linux-6.1-x86_64",
    processor="A Processor @ 2.10GHz",
    threads=2,
    cores=2,
    packages={"newtrick": "0.1.0", "torch": "2.13.0", "transformers": "5.23.0"},
    command="newtrick train snippets --set training.epochs=2",
    started="2026-11-23T08:30:00+00:00",
    git_revision="0123abc",
)

TRAINING = TrainingSummary(
    best_step=300,
    last_step=400,
    epochs=2.0,
    stopped_by="epochs",
    seconds=187.3,
    useful_tokens=301_456,
    useful_tokens_per_second=1609.5,
    padding_share=0.043,
    peak_memory_bytes=1_234_567_890,
)

DECISIONS = DecisionScores(
    fitted_on_rows=1057,
    temperature=1.34217,
    calibration=CalibrationScores(
        error_before=0.0612, error=0.01804, error_by_chance=0.0155, loss_before=0.38124, loss=0.3611
    ),
    abstention=AbstentionScores(
        wanted_accuracy=0.95,
        threshold=0.87341,
        assured=0.9503,
        coverage=0.5823,
        accuracy=0.9618,
        accuracy_interval=(0.9493, 0.9713),
        area_under_risk_coverage=0.0521,
    ),
    sets=SetScores(
        stated_coverage=0.9,
        least_probability=0.31234,
        coverage=0.9054,
        coverage_interval=(0.8922, 0.9171),
        mean_size=1.1542,
        single_share=0.8458,
    ),
    thresholds=(
        ThresholdScores(
            label="pos",
            wanted="precision",
            share=0.9,
            threshold=0.7012,
            assured=0.9011,
            precision=0.9134,
            recall=0.6712,
        ),
    ),
    costs=CostScores(cheapest=0.2412, most_probable=0.3105),
)


def some_curves() -> Curves:
    chance = np.random.default_rng(0)
    sure = np.linspace(0.5, 1, 500)
    labels = (chance.random(500) > sure).astype(np.int64)
    shares = np.column_stack([sure, 1 - sure])
    return Curves(
        before=reliability(shares**3 / (shares**3).sum(axis=1, keepdims=True), labels),
        after=reliability(shares, labels),
        risk=risk_coverage(sure, labels == 0),
    )


@pytest.fixture
def binary() -> RunRecord:
    majority = BaselineScores(
        name="majority",
        accuracy=0.5,
        accuracy_interval=(0.4787, 0.5213),
        f1=0.0,
        macro_f1=0.3333,
        seconds=0.0,
    )
    words = BaselineScores(
        name="tfidf-logistic",
        accuracy=0.7786,
        accuracy_interval=(0.7602, 0.7961),
        f1=0.7798,
        macro_f1=0.7786,
        seconds=1.32,
    )
    result = Result(
        labels=("neg", "pos"),
        positive_label="pos",
        model="all-MiniLM-L6-v2",
        data=DataSummary(name="snippets", train_rows=7399, validation_rows=1057, test_rows=2114),
        baseline=words,
        baselines=(majority, words),
        gain=Gain(
            over="tfidf-logistic",
            difference=0.062,
            interval=(0.0436, 0.0803),
            p=1e-9,
            told_apart=True,
        ),
        validation=Scores(
            rows=1057,
            loss=0.3712,
            accuracy=0.8476,
            accuracy_interval=(0.8249, 0.8685),
            f1=0.8489,
            macro_f1=0.8476,
        ),
        test=Scores(
            rows=2114,
            loss=0.38124,
            accuracy=0.8406,
            accuracy_interval=(0.824, 0.8557),
            f1=0.8421,
            macro_f1=0.8406,
        ),
        training=TRAINING,
        findings=FindingCounts(warning=1, info=1),
        decisions=DECISIONS,
    )
    return RunRecord(
        result=result,
        recipe=Recipe(
            data=DataSettings(source="snippets"), training=TrainingSettings(epochs=2, patience=3)
        ),
        evaluations=(
            evaluation(
                100,
                epoch=0.5,
                training_loss=0.6123,
                validation_loss=0.4821,
                accuracy=0.7711,
                f1=0.7702,
                macro_f1=0.7711,
                best=True,
            ),
            evaluation(
                200,
                epoch=1.0,
                training_loss=0.4412,
                validation_loss=0.4011,
                accuracy=0.8202,
                f1=0.8232,
                macro_f1=0.8201,
                best=True,
            ),
            evaluation(
                300,
                epoch=1.5,
                training_loss=0.3398,
                validation_loss=0.3712,
                accuracy=0.8476,
                f1=0.8489,
                macro_f1=0.8476,
                best=True,
            ),
            evaluation(
                400,
                epoch=2.0,
                training_loss=0.2871,
                validation_loss=0.3804,
                accuracy=0.8458,
                f1=0.8461,
                macro_f1=0.8458,
                best=False,
            ),
        ),
        steps=tuple(
            step(number, epoch=number / 200, loss=0.25 + 0.45 * 0.995**number)
            for number in range(10, 401, 10)
        ),
        findings=(
            Finding(
                code="truncation",
                severity=Severity.INFO,
                title="1.2 % of the texts are longer than 256 tokens",
                why="The model does not see what is cut off",
                fix="raise data.max_tokens",
            ),
            Finding(
                code="duplicates",
                severity=Severity.WARNING,
                title="31 training rows are there twice",
                why="They count double",
                fix="drop them with newtrick audit --drop duplicates",
            ),
        ),
        notes=(
            Note("cleaning", "Markup was removed from 18 texts.", ("reviews.csv:4",)),
            Note("split", "10 % validation and 20 % test rows were cut off, stratified, seed 42."),
        ),
        confusion=np.array([[880, 177], [160, 897]]),
        truncation=Truncation(256, "head"),
        environment=ENVIRONMENT,
        curves=some_curves(),
    )


@pytest.fixture
def three(binary: RunRecord) -> RunRecord:
    """Three labels, one of them written to break what it is put into."""
    result = binary.result
    return dataclasses.replace(
        binary,
        result=result.model_copy(
            update={
                "labels": ("a|b`c*", "<script>alert(1)</script>", "$x_1$\nnext"),
                "positive_label": None,
                "baseline": result.baseline.model_copy(update={"f1": None}),
                "test": result.test.model_copy(update={"f1": None}),
            }
        ),
        evaluations=tuple(dataclasses.replace(event, f1=None) for event in binary.evaluations),
        confusion=np.array([[600, 80, 24], [70, 500, 134], [20, 86, 600]]),
    )
