from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from tests.events import evaluation, plan, step
from tests.tiny import head_of
from tests.training.watched import Watched

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.training.learning import NotLearning
from newtrick.audit.training.subject import TrainingSubject
from newtrick.errors import TrainingLost
from newtrick.journal import Event, Step


@pytest.fixture
def watched(tiny_encoder: Path, tmp_path: Path) -> Callable[..., Watched]:
    numbers = iter(range(100))

    def make(
        *,
        rows: int = 480,
        validation_rows: int = 300,
        flipped: float = 0.0,
        accepted: Sequence[str] = (),
        **settings: object,
    ) -> Watched:
        checkpoints = tmp_path / f"checkpoints-{next(numbers)}"
        return Watched(
            tiny_encoder, checkpoints, settings, rows, validation_rows, flipped, accepted
        )

    return make


def figure(finding: Finding, name: str) -> float:
    return float(finding.evidence[name])


@pytest.mark.parametrize("seed", range(10))
def test_a_healthy_training_has_no_finding(watched: Callable[..., Watched], seed: int) -> None:
    assert watched(seed=seed, epochs=6, learning_rate=0.005).run() == {}


def test_a_learning_rate_far_too_high_collapses_and_ends_training_half_way(
    watched: Callable[..., Watched],
) -> None:
    job = watched(learning_rate=0.5, epochs=4)
    with pytest.raises(TrainingLost, match="lower the learning rate") as caught:
        job.run()
    assert "learning_rate=0.1" in str(caught.value)
    assert job.found()["collapsed"].severity is Severity.ERROR
    assert max(event.step for event in job.events if isinstance(event, Step)) == 60  # of 120


def test_a_learning_rate_far_too_low_leaves_the_encoder_as_it_was(
    watched: Callable[..., Watched],
) -> None:
    job = watched(learning_rate=1e-8, epochs=4)
    with pytest.raises(TrainingLost, match="raise the learning rate"):
        job.run()
    assert figure(job.found()["frozen-encoder"], "encoder_change") < 1e-4


def test_labels_that_have_nothing_to_do_with_the_texts_end_training(
    watched: Callable[..., Watched],
) -> None:
    with pytest.raises(TrainingLost, match="class frequencies alone"):
        watched(flipped=1.0, epochs=4).run()


def test_what_is_accepted_does_not_end_training(watched: Callable[..., Watched]) -> None:
    job = watched(flipped=1.0, epochs=4, accepted=("collapsed", "not-learning"))
    assert job.run().keys() & {"collapsed", "not-learning"}


def test_a_few_steps_that_taught_nothing_are_a_warning_and_no_error(
    watched: Callable[..., Watched],
) -> None:
    found = watched(rows=64, epochs=2).run()
    [finding] = [f for code, f in found.items() if code in ("collapsed", "not-learning")]
    assert finding.severity is Severity.WARNING


def test_numbers_that_break_down_are_told_with_step_and_rows(
    watched: Callable[..., Watched],
) -> None:
    job = watched(epochs=1)

    def spoil(event: Event) -> None:
        if isinstance(event, Step) and event.step == 7:
            with torch.no_grad():
                head_of(job.encoder.model).fill_(float("nan"))

    job.meddle = spoil
    with pytest.raises(TrainingLost, match="not finite"):
        job.run()
    finding = job.found()["not-finite"]
    assert finding.evidence["step"] == 8
    assert len(finding.rows) == 16
    assert all(row.startswith("train.csv:") for row in finding.rows)


def test_a_gradient_that_explodes_is_told(watched: Callable[..., Watched]) -> None:
    job = watched(epochs=4, accepted=("collapsed", "not-learning"))

    def blow_up(event: Event) -> None:
        if isinstance(event, Step) and event.step >= 60:
            with torch.no_grad():
                head_of(job.encoder.model).normal_(std=1000)

    job.meddle = blow_up
    finding = job.run()["exploding-gradient"]
    assert figure(finding, "worst") > 20 * figure(finding, "first")


def test_a_head_that_learns_on_a_still_encoder_is_told(watched: Callable[..., Watched]) -> None:
    before = watched(epochs=4)
    before.run()
    job = watched(epochs=4)
    encoder = job.encoder.model.base_model
    encoder.load_state_dict(before.encoder.model.base_model.state_dict())
    encoder.requires_grad_(requires_grad=False)
    found = job.run()
    assert "head-alone" in found
    assert "frozen-encoder" not in found


def test_rows_learned_by_heart_are_over_fitting_and_the_best_checkpoint_is_named(
    watched: Callable[..., Watched],
) -> None:
    job = watched(rows=24, flipped=0.5, epochs=60, train_batch_size=12, evaluate_every_steps=10)
    finding = job.run()["over-fitting"]
    assert figure(finding, "last_loss") > 1.25 * figure(finding, "best_loss")
    assert finding.evidence["kept"] == finding.evidence["since"]
    assert finding.severity is Severity.INFO  # the loss chose the checkpoint before the rise


def test_a_last_batch_of_one_row_is_told_with_a_better_size(
    watched: Callable[..., Watched],
) -> None:
    job = watched(
        rows=161, flipped=0.6, epochs=8, learning_rate=0.003, accepted=("collapsed", "not-learning")
    )
    finding = job.run()["last-batch"]
    assert finding.evidence["rows"] == 1
    assert finding.fix == "--set training.train_batch_size=15"


def test_a_learning_rate_that_never_came_to_its_peak_is_told(
    watched: Callable[..., Watched],
) -> None:
    finding = watched(epochs=4, warmup_share=0.999).run()["learning-rate"]
    assert "still rising" in finding.title


def test_a_peak_that_throws_away_what_was_learned_is_told(
    watched: Callable[..., Watched],
) -> None:
    accepted = ("collapsed", "not-learning")
    found = watched(learning_rate=0.1, warmup_share=0.5, epochs=8, accepted=accepted).run()
    assert figure(found["learning-rate"], "after") > figure(found["learning-rate"], "before")


def test_too_few_validation_rows_to_choose_by_are_told(watched: Callable[..., Watched]) -> None:
    job = watched(validation_rows=24, best_by="accuracy", epochs=6, learning_rate=0.005)
    finding = job.run()["indistinguishable-checkpoints"]
    assert figure(finding, "checkpoints") >= 3


def test_a_loss_that_stays_high_while_many_answers_are_right_is_no_lack_of_learning() -> None:
    course: list[Event] = [
        plan(base_loss=3.9, validation_base_loss=3.9, validation_base_accuracy=0.02),
        *(step(number, loss=3.88) for number in range(1, 101)),
    ]
    for accuracy, told in ((0.02, ["not-learning"]), (0.56, [])):
        last = evaluation(100, validation_loss=3.85, accuracy=accuracy, top_answer_share=0.1)
        subject = TrainingSubject([*course, last], is_over=True)
        assert [finding.code for finding in NotLearning().look(subject)] == told
