"""Runs that are ended in many places, and go on."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.tiny import QUICK, build_encoder, write_reviews

from newtrick import Run, train
from newtrick.errors import AuditRefused, Interrupted, ModelError, StorageError, UsageError
from newtrick.hashing import file_sha256
from newtrick.journal import Checkpoint, Evaluation, Event, Plan, Resume, Step, read_events
from newtrick.progress import Watcher

SETTINGS = QUICK | {"training.epochs": 2, "training.checkpoint_every_steps": 3}


class Terminator(Watcher):
    """Sends SIGTERM at the first event or stage that it is to wait for."""

    def __init__(self, is_it: Callable[[Event | str], bool]) -> None:
        self._is_it = is_it

    def event(self, event: Event) -> None:
        self._look_at(event)

    def stage(self, title: str, total: int | None = None) -> None:
        del total
        self._look_at(title)

    def _look_at(self, what: Event | str) -> None:
        if self._is_it(what):
            self._is_it = lambda _what: False
            signal.raise_signal(signal.SIGTERM)


def weights(run: Path) -> str:
    return file_sha256(run / "model" / "model.safetensors")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Data and model of the runs of this module."""
    folder = tmp_path_factory.mktemp("given")
    return {
        "data": write_reviews(folder / "reviews.csv"),
        "model": build_encoder(folder / "model"),
        "settings": SETTINGS,
    }


@pytest.fixture(scope="module")
def whole(given: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that nobody has interrupted."""
    return train(**given, out=tmp_path_factory.mktemp("whole") / "run")


def interrupted(given: dict[str, Any], out: Path, is_it: Callable[[Event | str], bool]) -> Path:
    with pytest.raises(Interrupted) as caught:
        train(**given, out=out, watcher=Terminator(is_it))
    assert caught.value.exit_code == 75
    assert f"newtrick train --resume {out}" in str(caught.value)
    return out


MOMENTS: dict[str, Callable[[Event | str], bool]] = {
    "tokenising": lambda what: what == "Tokenising",
    "the audit": lambda what: what == "Auditing the data",
    "the first step": lambda what: isinstance(what, Step) and what.step == 1,
    "a step": lambda what: isinstance(what, Step) and what.step == 13,
    "an evaluation": lambda what: isinstance(what, Evaluation),
    "a checkpoint": lambda what: isinstance(what, Checkpoint) and what.step == 12,
    "scoring": lambda what: what == "Scoring the test rows",
    "the report": lambda what: what == "Writing the report",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_resumed_run_ends_with_the_same_weights_and_scores(
    given: dict[str, Any], whole: Run, tmp_path: Path, moment: str
) -> None:
    out = interrupted(given, tmp_path / "run", MOMENTS[moment])
    run = train(resume=out)
    assert weights(out) == weights(whole.folder)
    assert run.result.test == whole.result.test
    assert run.result.training.useful_tokens == whole.result.training.useful_tokens
    steps = [event.step for event in read_events(out / "journal.jsonl") if isinstance(event, Step)]
    assert steps == list(range(1, len(steps) + 1))
    assert not [path for path in out.rglob("*") if "part" in path.name or "lock" in path.name]


def test_a_run_that_is_done_says_so_and_gives_its_result(
    whole: Run, caplog: pytest.LogCaptureFixture
) -> None:
    before = weights(whole.folder)
    caplog.set_level("INFO")
    again = train(resume=whole.folder)
    assert "done already" in caplog.text
    assert again.result == whole.result
    assert [f.code for f in again.findings] == [f.code for f in whole.findings]
    assert weights(whole.folder) == before


def test_the_journal_tells_that_the_run_went_on(given: dict[str, Any], tmp_path: Path) -> None:
    out = interrupted(given, tmp_path / "run", MOMENTS["a step"])
    seen: list[Event] = []

    class Seeing(Watcher):
        def event(self, event: Event) -> None:
            seen.append(event)

    train(resume=out, watcher=Seeing())
    events = read_events(out / "journal.jsonl")
    assert seen == events
    assert [event for event in events if isinstance(event, Resume)] == [Resume(13)]
    assert len([event for event in events if isinstance(event, Plan)]) == 1


def test_a_damaged_checkpoint_is_skipped_for_the_one_before_it(
    given: dict[str, Any], whole: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = interrupted(given, tmp_path / "run", MOMENTS["a step"])
    (out / "checkpoints" / "step-13" / "optimizer.safetensors").write_bytes(b"torn")
    train(resume=out)
    assert "step-13 is skipped: optimizer.safetensors has another hash" in caplog.text
    assert weights(out) == weights(whole.folder)


def test_without_any_good_checkpoint_it_begins_anew(
    given: dict[str, Any], whole: Run, tmp_path: Path
) -> None:
    out = interrupted(given, tmp_path / "run", MOMENTS["a step"])
    for manifest in out.glob("checkpoints/*/manifest.json"):
        manifest.write_text("{")
    train(resume=out)
    assert weights(out) == weights(whole.folder)


def refusal(run: Path) -> str:
    with pytest.raises(UsageError, match="cannot be resumed") as caught:
        train(resume=run)
    return str(caught.value)


def test_a_resumed_run_that_fails_before_training_can_be_resumed_again(
    given: dict[str, Any], whole: Run, tmp_path: Path
) -> None:
    model = Path(shutil.copytree(given["model"], tmp_path / "model"))
    out = interrupted(given | {"model": model}, tmp_path / "run", MOMENTS["tokenising"])
    model.rename(tmp_path / "elsewhere")
    with pytest.raises(ModelError):
        train(resume=out)
    (tmp_path / "elsewhere").rename(model)
    train(resume=out)
    assert weights(out) == weights(whole.folder)


def test_another_recipe_is_refused_with_each_setting(given: dict[str, Any], tmp_path: Path) -> None:
    out = interrupted(given, tmp_path / "run", MOMENTS["a step"])
    recipe = out / "recipe.toml"
    text = recipe.read_text()
    recipe.write_text(text.replace("epochs = 2.0", "epochs = 5.0").replace("seed = 42", "seed = 1"))
    message = refusal(out)
    assert "recipe: training.epochs was 2.0, is 5.0" in message
    assert "recipe: training.seed was 42, is 1" in message
    recipe.write_text("# a remark\n" + text)
    train(resume=out)


def test_other_data_is_refused_with_each_split(given: dict[str, Any], tmp_path: Path) -> None:
    data = Path(shutil.copy(given["data"], tmp_path / "reviews.csv"))
    out = interrupted(given | {"data": data}, tmp_path / "run", MOMENTS["a step"])
    data.write_text(data.read_text().replace("lovely", "superb"))
    told = refusal(out)
    assert f"data ({data}): train was '" in told
    assert re.search(r"train was '\d+ rows, [0-9a-f]+', is '\d+ rows, ", told)


def test_another_model_is_refused_with_each_file(given: dict[str, Any], tmp_path: Path) -> None:
    model = Path(shutil.copytree(given["model"], tmp_path / "model"))
    out = interrupted(given | {"model": model}, tmp_path / "run", MOMENTS["a step"])
    config = model / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"remark": "changed"}))
    assert f"model ({model}): tokenizer_config.json was '" in refusal(out)


def test_other_versions_and_threads_are_told(
    given: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = interrupted(given, tmp_path / "run", MOMENTS["a step"])
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["threads"] = 64
    manifest["packages"]["torch"] = "1.0"
    (out / "manifest.json").write_text(json.dumps(manifest))
    train(resume=out)
    assert "threads was 64, is 1; so the last bits of the weights may differ." in caplog.text
    assert "torch was '1.0'" in caplog.text


def test_nothing_of_a_resumed_run_can_be_changed(tmp_path: Path) -> None:
    for change in ({"data": "x.csv"}, {"settings": {"training.epochs": 9}}, {"out": tmp_path}):
        with pytest.raises(UsageError, match="nothing of it can be changed"):
            train(resume=tmp_path, **change)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run to resume"):
        train(resume=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_was_accepted_stays_accepted(given: dict[str, Any], tmp_path: Path) -> None:
    lines = Path(given["data"]).read_text().splitlines()
    data = tmp_path / "train.csv"
    data.write_text("\n".join(lines))
    test = tmp_path / "test.csv"
    test.write_text("\n".join(lines[:60]))
    leaking = given | {"data": data, "test": test}
    with pytest.raises(AuditRefused, match="leakage"):
        train(**leaking, out=tmp_path / "refused")
    assert not (tmp_path / "refused").exists()
    out = interrupted(leaking | {"accept": ["leakage"]}, tmp_path / "run", MOMENTS["a step"])
    assert "leakage" in {finding.code for finding in train(resume=out).findings}


def test_a_run_folder_that_is_taken_away_is_told_and_not_made_again(
    given: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "run"

    class Thief(Watcher):
        def event(self, event: Event) -> None:
            if isinstance(event, Step) and event.step == 5:
                shutil.rmtree(out)

    with pytest.raises(StorageError, match="cannot be written") as caught:
        train(**given, out=out, watcher=Thief())
    assert str(out / "journal.jsonl") in str(caught.value)
    assert not out.exists()


def test_a_folder_that_becomes_read_only_is_told_and_the_run_goes_on_later(
    given: dict[str, Any], whole: Run, tmp_path: Path
) -> None:
    out = tmp_path / "run"

    def make(attribute: str) -> None:
        command = ["chattr", attribute, str(out / "checkpoints")]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no folder can be made immutable here")

    class Blocker(Watcher):
        def event(self, event: Event) -> None:
            if isinstance(event, Step) and event.step == 8:
                make("+i")

    try:
        with pytest.raises(StorageError, match="cannot be written"):
            train(**given, out=out, watcher=Blocker())
    finally:
        make("-i")
    assert {path.name for path in (out / "checkpoints").iterdir()} == {"step-3", "step-6"}
    train(resume=out)
    assert weights(out) == weights(whole.folder)


def test_a_run_that_cannot_write_on_says_how_to_go_on_once_it_can(
    given: dict[str, Any], whole: Run, tmp_path: Path
) -> None:
    out = tmp_path / "run"

    class Blocker(Watcher):
        """Puts a file where the checkpoints are to be."""

        def event(self, event: Event) -> None:
            if isinstance(event, Step) and event.step == 2:
                (out / "checkpoints").write_text("")

    with pytest.raises(StorageError, match="cannot be written") as caught:
        train(**given, out=out, watcher=Blocker())
    assert f"then newtrick train --resume {out}" in str(caught.value)
    (out / "checkpoints").unlink()
    train(resume=out)
    assert weights(out) == weights(whole.folder)
