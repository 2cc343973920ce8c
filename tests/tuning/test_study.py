from __future__ import annotations

import json
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.tuning.conftest import TinyStudy, begin, two_steps

from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.errors import NewtrickError, OutOfMemory, UsageError
from newtrick.journal import End, read_events
from newtrick.progress import Watcher
from newtrick.recipe_files import load_recipe
from newtrick.training import loop
from newtrick.tuning import trial as trials_of
from newtrick.tuning.choosing import Chooser
from newtrick.tuning.plan import Budget, Stage
from newtrick.tuning.search import search
from newtrick.tuning.space import Range, Space
from newtrick.tuning.study import begin_study, reopen_study
from newtrick.tuning.work import work

pytestmark = pytest.mark.timeout(180)  # the first one to ask for the study waits for it


def test_a_study_ends_with_a_recipe_that_can_be_trained(tiny_study: TinyStudy) -> None:
    folder, outcome = tiny_study.study.begun.folder, tiny_study.outcome
    recipe = load_recipe(folder.best)
    assert recipe.data.source == tiny_study.study.begun.recipe.data.source
    for key, value in outcome.changes.items():
        assert recipe.model_dump()["training"][key.removeprefix("training.")] == value
    assert len(outcome.trials) == 8
    assert outcome.ended_by == "trials"
    [best] = [trial for trial in outcome.trials if trial.name == outcome.best]
    done = [t.value for t in outcome.with_status("done") if t.value is not None]
    assert best.value == outcome.best_value == min(done)


def test_the_first_trial_is_the_recipe_itself(tiny_study: TinyStudy) -> None:
    first = tiny_study.outcome.trials[0]
    assert first.settings == {"training.learning_rate": 0.002, "training.warmup_share": 0.1}
    assert first.status == "done"


def test_the_best_recipe_is_compared_with_the_start_on_seeds_that_no_trial_had(
    tiny_study: TinyStudy,
) -> None:
    found = tiny_study.outcome.comparison
    assert found is not None
    assert [pair.seed for pair in found.seeds] == [43, 44]
    mean = np.mean([pair.best - pair.start for pair in found.seeds])
    assert found.difference == pytest.approx(mean)
    assert found.interval[0] <= found.difference <= found.interval[1]


def test_trials_are_light_and_never_see_the_test_rows(tiny_study: TinyStudy) -> None:
    folders = sorted((tiny_study.study.begun.folder.path / "trials").iterdir())
    assert len(folders) == 8
    for folder, trial in zip(folders, tiny_study.outcome.trials, strict=True):
        kept = {path.name for path in folder.iterdir() if path.name != ".lock"}
        scored = {"merits.npy", "score.json"} if trial.status == "done" else set()
        assert kept == {"recipe.toml", "journal.jsonl"} | scored
    validation = tiny_study.study.dataset.validation.height
    assert np.load(folders[0] / "merits.npy").shape == (validation,)


def test_trials_that_fall_behind_are_given_up_at_an_evaluation(tiny_study: TinyStudy) -> None:
    for trial in tiny_study.outcome.with_status("given_up"):
        assert 0.2 < trial.share < 1
        assert trial.value is not None
    assert tiny_study.outcome.with_status("given_up")
    assert all(trial.share == 1 for trial in tiny_study.outcome.with_status("done"))


def test_a_study_that_is_done_shows_its_outcome_again(tiny_study: TinyStudy) -> None:
    path = tiny_study.study.begun.folder.path
    again = reopen_study(path, None, None, accept=(), watcher=Watcher())
    assert work(again, Watcher()) == tiny_study.outcome


def test_a_trial_that_fails_is_recorded_and_the_study_goes_on(
    reviews: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study", trials=3)
    plain, trainings = loop.train, 0

    def full_at_first(*given: object, **named: object) -> object:
        nonlocal trainings
        trainings += 1
        if trainings == 1:
            raise OutOfMemory("The memory does not hold a single text.")
        return plain(*given, **named)  # type: ignore[arg-type, type-var]

    monkeypatch.setattr(loop, "train", full_at_first)
    search(study, Watcher())
    trials = study.ledger.trials("search")
    assert [trial.user_attrs.get("fault") for trial in trials] == [
        "The memory does not hold a single text.",
        None,
        None,
    ]
    assert [len(trial.intermediate_values) for trial in trials[1:]] == [2, 2]


def test_a_study_without_a_whole_trial_says_why(
    reviews: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study", trials=1)

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(loop, "train", full)
    with pytest.raises(NewtrickError, match="No trial came to its end") as caught:
        work(study, Watcher())
    assert "The memory is full" in str(caught.value)


def test_a_budget_too_small_for_one_trial_says_what_one_takes(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    recipe = two_steps(reviews, tiny_encoder, training__epochs=200.0)
    budget = Budget(minutes=1e-5)
    with pytest.raises(UsageError, match="one takes about") as caught:
        begin_study(recipe, None, budget, out=tmp_path / "s", accept=(), watcher=Watcher())
    assert "--minutes" in str(caught.value)
    assert not (tmp_path / "s").exists()


def test_a_study_of_other_data_recipe_or_space_is_refused_with_the_difference(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    recipe = two_steps(reviews, tiny_encoder)
    path = begin(recipe, tmp_path / "study").begun.folder.path
    other = Space({"training.learning_rate": Range(0.001, 0.02, log=True)})

    def reopen(asked: object = None, space: Space | None = None) -> str:
        with pytest.raises(UsageError) as caught:
            reopen_study(path, asked, space, accept=(), watcher=Watcher())  # type: ignore[arg-type]
        return str(caught.value)

    assert "training.epochs was 1.0, is 2.0" in reopen(
        two_steps(reviews, tiny_encoder, training__epochs=2.0)
    )
    told = reopen(space=other)
    assert "high = 0.05" in told
    assert "high = 0.02" in told
    reviews.write_text(reviews.read_text() + "a lovely end,pos\n")
    assert "data: test was" in reopen()


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no study to go on with"):
        reopen_study(tmp_path, None, None, accept=(), watcher=Watcher())


def test_the_outcome_as_json_has_every_trial(tiny_study: TinyStudy) -> None:
    written = json.loads(tiny_study.study.begun.folder.outcome.read_text("utf-8"))
    assert len(written["trials"]) == 8
    assert written["figure"] == "loss"
    assert written["comparison"]["seeds"][0]["seed"] == 43
    assert written["optimism"] >= 0


def test_the_page_asks_for_nothing_and_has_every_part(tiny_study: TinyStudy) -> None:
    page = tiny_study.study.begun.folder.report.read_text("utf-8")
    assert "default-src &#39;none&#39;" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page
    for part in ("What it came to", "The search", "What mattered", "All trials", "best.toml"):
        assert part in page
    plots = {path.name for path in tiny_study.study.begun.folder.plots.iterdir()}
    assert {"history.png", "cost.png", "slices.png"} <= plots


def test_the_best_of_a_screening_are_tried_again_on_all_rows(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study")
    rows = study.dataset.train.height
    stages = (
        Stage(name="screening", rows=rows // 3, trials=4),
        Stage(name="search", rows=rows, trials=2),
    )
    plan = study.begun.plan.model_copy(update={"stages": stages})
    search(replace(study, begun=replace(study.begun, plan=plan)), Watcher())
    screened = [t for t in study.ledger.trials("screening") if t.state.name == "COMPLETE"]
    best = sorted(screened, key=lambda trial: trial.values[0])
    searched = study.ledger.trials("search")
    assert [trial.params for trial in searched] == [trial.params for trial in best[:2]]
    steps = [read_events(study.begun.folder.trial(f"{name}-000").journal)[-1]
             for name in ("screening", "search")]  # fmt: skip
    assert [end.step for end in steps if isinstance(end, End)] == [1, 2]
    first = study.begun.folder.trial("screening-000").path / "score.json"
    assert json.loads(first.read_text("utf-8"))["rows"] == rows // 3


def test_a_stage_makes_one_trial_however_slow_the_machine_is(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study")
    stage = Stage(name="search", rows=100, seconds=10.0)
    chooser = Chooser(study.ledger, study.figure, stage, [], lambda _: 60.0, seed=1)
    claimed = study.ledger.claim("search", chooser.next)
    assert claimed is not None
    claimed.end(9.0, 0.5)
    assert study.ledger.claim("search", chooser.next) is None


def test_memory_comes_back_between_trials(
    reviews: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study", trials=3)
    models: list[weakref.ref[object]] = []

    def watched(*given: Any) -> Encoder:
        assert [model() for model in models] == [None] * len(models)
        encoder = load_encoder(*given)
        models.append(weakref.ref(encoder.model))
        return encoder

    monkeypatch.setattr(trials_of, "load_encoder", watched)
    search(study, Watcher())
    assert len(models) == 3
