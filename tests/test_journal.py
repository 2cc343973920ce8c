from __future__ import annotations

from pathlib import Path

from tests.events import evaluation, plan, step

from newtrick.journal import End, Event, NotFinite, append_event, read_events

EVENTS: list[Event] = [
    plan(),
    step(1),
    evaluation(2, lead=0.1, lead_error=0.05),
    NotFinite(step=3, found="loss nan, gradient norm nan", rows=(4, 1)),
    End(step=2, best_step=2, stopped_by="epochs", seconds=0.2),
]


def test_events_come_back_as_they_were(tmp_path: Path) -> None:
    for event in EVENTS:
        append_event(tmp_path / "journal.jsonl", event)
    assert read_events(tmp_path / "journal.jsonl") == EVENTS


def test_a_torn_last_line_costs_that_event_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for event in EVENTS:
        append_event(path, event)
    path.write_text(path.read_text()[:-5])
    assert read_events(path) == EVENTS[:-1]
