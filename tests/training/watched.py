"""Trainings of a tiny encoder with a watchdog, healthy or spoiled on purpose."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tests.tiny import make_reviews

from newtrick.audit.finding import Finding
from newtrick.data.dataset import LabelSet
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.journal import Event
from newtrick.recipe import Recipe
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.loop import train
from newtrick.training.objectives import objective_of
from newtrick.training.validation import LabelledTokens
from newtrick.training.watchdog import Watchdog

LABELS = LabelSet.of(("neg", "pos"))


@dataclass
class Watched:
    """A training that can be spoiled before it runs.

    Attributes:
        folder: A tiny encoder.
        checkpoints: A folder of its own.
        settings: Of the training.
        rows: Training rows.
        validation_rows: Validation rows.
        flipped: Share of the training labels that are drawn anew.
        accepted: Findings in spite of which it goes on.
        meddle: Sees each event, and may spoil the weights.
    """

    folder: Path
    checkpoints: Path
    settings: dict[str, object]
    rows: int = 480
    validation_rows: int = 300
    flipped: float = 0.0
    accepted: Sequence[str] = ()
    meddle: Callable[[Event], None] = field(default=lambda _event: None)

    def __post_init__(self) -> None:
        quick = {
            "model.name": str(self.folder),
            "data.max_tokens": 32,
            "training.learning_rate": 0.01,
            "training.train_batch_size": 16,
            "training.precision": "float32",
        }
        named = {f"training.{name}": value for name, value in self.settings.items()}
        self.recipe = Recipe().with_settings(quick | named)
        self.encoder: Encoder = load_encoder(self.recipe, LABELS)
        self.events: list[Event] = []
        self.watchdog = Watchdog(
            [f"train.csv:{row + 1}" for row in range(self.rows)], self.accepted
        )

    def run(self) -> dict[str, Finding]:
        """Train to the end, or until the watchdog ends it; what it found, by code."""
        rows = self._labelled(self.rows, seed=1, flipped=self.flipped)
        train(
            self.encoder,
            objective_of(rows.labels, LABELS, self.recipe.training),
            rows.tokens,
            self._labelled(self.validation_rows, seed=2),
            self.recipe.training,
            checkpoints=Checkpoints(self.checkpoints, keep=2),
            stop=StopRequest(),
            tell=self._tell,
        )
        return self.found()

    def found(self) -> dict[str, Finding]:
        """The findings so far."""
        return {finding.code: finding for finding in self.watchdog.findings}

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        self.watchdog.see(event)
        self.meddle(event)

    def _labelled(self, rows: int, seed: int, flipped: float = 0.0) -> LabelledTokens:
        texts, names = zip(*make_reviews(rows, seed), strict=True)
        chance = random.Random(seed)
        drawn = [chance.choice(LABELS.names) if chance.random() < flipped else n for n in names]
        ids = np.array([LABELS.label2id[name] for name in drawn])
        return LabelledTokens(self.encoder.tokenize(texts), ids)
