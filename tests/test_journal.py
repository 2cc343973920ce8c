from __future__ import annotations

from pathlib import Path

from newtrick.journal import End, Event, Plan, Step, append_event, read_events

EVENTS: list[Event] = [
    Plan(
        steps=2,
        epochs=1.0,
        steps_per_epoch=2,
        evaluate_every_steps=2,
        parameters=9,
        precision="float32",
    ),
    Step(step=1, epoch=0.5, loss=0.7, learning_rate=1e-4, gradient_norm=1.5, seconds=0.1),
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
