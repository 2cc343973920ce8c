"""What the audit finds in the test rows, beside the score: through the whole of a run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.conftest import TinyRun
from tests.tiny import QUICK, make_reviews

from newtrick import evaluate, load, train

OTHER = {"neg": "pos", "pos": "neg"}


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def test_a_run_shows_its_score_without_leaked_rows_and_doubts_flipped_ones(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    known = [(f"{text} n{number}", label) for number, (text, label) in enumerate(make_reviews(400))]
    new = [
        (f"{text} m{number}", label) for number, (text, label) in enumerate(make_reviews(900, 5))
    ]
    flipped = [
        (text, OTHER[label] if number % 19 < 2 else label)
        for number, (text, label) in enumerate(new)
    ]
    run = train(
        write(tmp_path / "known.csv", known),
        test=write(tmp_path / "new.csv", flipped + known[:20]),
        model=tiny_encoder,
        settings=QUICK,
        out=tmp_path / "run",
    )
    result = run.result
    effects = {effect.code: effect for effect in result.test_without or ()}
    leaked = effects["leakage"]
    assert leaked.removed_rows == 20
    assert leaked.test is not None
    assert leaked.baseline is not None
    assert leaked.test.rows == leaked.baseline.rows == 900
    assert result.test.rows == 920
    assert leaked.test.accuracy < result.test.accuracy

    doubts = [finding for finding in run.findings if finding.code == "label-noise"]
    by_model = [f for f in doubts if f.evidence["judge"] == "the trained model"]
    assert len(by_model) == 1
    named = [row.rpartition(":") for row in by_model[0].rows]
    rows = [int(number) - 1 for file, _, number in named if file.endswith("new.csv")]
    assert sum(row % 19 < 2 for row in rows) > 0.8 * len(rows) > 40

    written = json.loads((run.folder / "audit.json").read_text())
    assert [finding["code"] for finding in written["findings"]] == [f.code for f in run.findings]
    assert written["counts"] == result.findings.model_dump()
    for page in ("report.html", "model/README.md"):
        assert "without the 20 leaked rows" in (run.folder / page).read_text()


def test_a_run_on_sound_data_says_nothing_of_the_kind(tiny_run: TinyRun) -> None:
    assert "test_without" not in json.loads((tiny_run.run.folder / "result.json").read_text())


def test_evaluate_shows_the_score_without_rows_that_the_model_was_trained_on(
    tiny_run: TinyRun, tmp_path: Path
) -> None:
    with tiny_run.data.open(newline="", encoding="utf-8") as file:
        trained_on = [(row["text"], row["label"]) for row in csv.DictReader(file)][:9]
    new = [(f"{text} x{n}", label) for n, (text, label) in enumerate(make_reviews(200, 31))]
    data = write(tmp_path / "mixed.csv", new + trained_on)
    result = evaluate(load(tiny_run.run.folder), data, accept=["leakage"])
    [effect] = result.test_without or ()
    assert effect.code == "leakage"
    assert effect.test is not None
    assert effect.test.rows + effect.removed_rows == result.test.rows == 209
    assert effect.baseline is None
