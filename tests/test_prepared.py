"""A run on data that was prepared before is the run that it was the first time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.tiny import QUICK, make_reviews, write_reviews

from newtrick import Run, train
from newtrick.audit.finding import Finding
from newtrick.auditing import audit_data
from newtrick.data.dataset import Note
from newtrick.errors import AuditRefused
from newtrick.journal import read_events
from newtrick.progress import Watcher

SETTINGS = QUICK | {"training.epochs": 1.0}
TOLD = [
    "The data is as it was prepared before.",
    "The findings are those of an earlier audit of it.",
    "The baselines were fitted to it before.",
    "The untrained encoder was asked before.",
]


@dataclass
class Seen(Watcher):
    """Keeps what it is told before training."""

    notes: list[Note] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def note(self, note: Note) -> None:
        if note.topic != "plan":
            self.notes.append(note)

    def finding(self, finding: Finding) -> None:
        self.findings.append(finding)


@dataclass(frozen=True)
class Told:
    """A run, and what was told on the way."""

    run: Run
    seen: Seen

    @property
    def events(self) -> list[dict[str, Any]]:
        """Those of the journal, without the time that they took."""
        events = read_events(self.run.folder / "journal.jsonl")
        return [{**asdict(event), "seconds": None} for event in events]

    def written(self, name: str) -> Any:
        return json.loads((self.run.folder / name).read_text("utf-8"))


Start = Callable[[str], Told]


@pytest.fixture
def start(tiny_encoder: Path, tmp_path: Path) -> Start:
    """Run the same training, with copies and leaks in its data, in a folder of this name."""
    data = write_reviews(tmp_path / "reviews.csv")
    rows = [f"{text},{label}\n" for text, label in make_reviews(30)]
    data.write_text(data.read_text("utf-8") + "".join(rows), "utf-8")

    def call(name: str) -> Told:
        seen = Seen()
        out = tmp_path / name
        run = train(data, model=tiny_encoder, settings=SETTINGS, out=out, watcher=seen)
        return Told(run, seen)

    return call


def test_a_second_run_prepares_nothing_and_is_the_same(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    first = start("first")
    assert not set(TOLD) & set(caplog.messages)
    second = start("second")
    assert [message for message in caplog.messages if message in TOLD] == TOLD

    assert second.seen == first.seen
    assert first.seen.findings
    assert second.run.findings == first.run.findings
    assert second.run.notes == first.run.notes
    assert second.run.result.baseline == first.run.result.baseline
    assert second.events == first.events
    assert second.written("audit.json") == first.written("audit.json")
    for part in ("data", "model", "labels"):
        assert second.written("manifest.json")[part] == first.written("manifest.json")[part]


def test_a_run_is_the_same_where_nothing_can_be_kept(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = start("first")
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "file"))
    second = start("second")
    assert second.seen == first.seen
    assert second.events == first.events
    for what in ("The data", "Token ids", "Findings", "The baselines"):
        assert f"{what}: not cached." in caplog.text


def test_what_is_refused_is_refused_again_and_can_be_accepted(
    tiny_encoder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    data, test = write_reviews(tmp_path / "a.csv"), write_reviews(tmp_path / "b.csv", rows=100)
    given: dict[str, Any] = {"test": test, "model": tiny_encoder, "settings": SETTINGS}
    for name in ("first", "second"):
        with pytest.raises(AuditRefused, match="leakage"):
            train(data, out=tmp_path / name, **given)
    assert TOLD[1] in caplog.messages
    run = train(data, out=tmp_path / "third", accept=["leakage"], **given)
    assert run.result.findings.error > 0


def test_an_audit_prepares_the_training_that_follows(
    tiny_encoder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    data = write_reviews(tmp_path / "reviews.csv")
    found = audit_data(data, model=tiny_encoder)
    seen = Seen()
    settings = {"training.epochs": 0.2, "training.precision": "float32"}
    train(data, model=tiny_encoder, settings=settings, out=tmp_path / "run", watcher=seen)
    assert [message for message in caplog.messages if message in TOLD] == TOLD[:2]
    assert tuple(seen.findings[: len(found)]) == found
    caplog.clear()
    review = tmp_path / "review.csv"
    assert audit_data(data, model=tiny_encoder, review=review) == found
    assert review.is_file()
    assert [message for message in caplog.messages if message in TOLD] == TOLD[:2]
