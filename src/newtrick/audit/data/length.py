"""Checks of how much of the texts the model reads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import label_ids


class CutTexts(Check[DataSubject]):
    """Texts longer than what the model reads."""

    code = "truncation"
    why = "What is cut off cannot count, and the verdict of a review is often its last sentence."
    fix = "raise data.max_tokens (up to the model's limit), or keep both ends: head+tail"
    noticeable = 0.01

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Compare lengths before and after cutting."""
        tokens = subject.tokens
        if tokens is None:
            return
        is_cut = tokens.full_lengths > tokens.lengths
        texts_cut = float(np.mean(is_cut))
        tokens_cut = 1 - float(tokens.lengths.sum() / tokens.full_lengths.sum())
        labels = label_ids(subject.splits["train"])
        if texts_cut >= self.noticeable:
            yield self.found(
                Severity.INFO,
                f"{100 * texts_cut:.0f} % of the training texts are cut,"
                f" {100 * tokens_cut:.0f} % of their tokens lost",
                {
                    "texts_share": round(texts_cut, 4),
                    "tokens_share": round(tokens_cut, 4),
                    **{
                        f"texts_share_{name}": round(float(np.mean(is_cut[labels == label])), 4)
                        for label, name in enumerate(subject.labels)
                        if (labels == label).any()
                    },
                },
            )
