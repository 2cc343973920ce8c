"""Checks of words that decide the label by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from newtrick.audit.check import Check
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import has_label, row_ids


class GiveAway(Check[DataSubject]):
    """A word that half of the texts of one class have or more, and next to no others."""

    code = "give-away"
    why = "The model needs to learn that word alone, and fails where it is missing."
    fix = "look at where the word comes from; remove it if texts to be classified will not have it"
    share_of_class = 0.5
    sure_share = 0.8
    error_kept = 0.05
    fewest_rows = 20
    most_words = 5

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Count the training rows of each class that have a word.

        No word of an opinion is in half of them: even `awful` is in a tenth of the bad film
        reviews. The word of a topic may be, as `vs` is in three quarters of the reports on a
        quarter's earnings; one in more is most often put there by a form or a program.
        """
        train = subject.rows["split"].to_numpy() == "train"
        counts = subject.class_counts["train"]
        if sum(count > 0 for count in counts.values()) < 2:  # noqa: PLR2004 - nothing to give away
            return
        features = subject.features
        table = features.table[train]
        rows_in_all = int(train.sum())
        with_word = np.bincount(table.indices, minlength=table.shape[1])
        for label, name in enumerate(subject.labels):
            is_class = subject.rows.select(has_label(label, subject.labels)).to_series().to_numpy()
            of_class = np.bincount(table[is_class[train]].indices, minlength=table.shape[1])
            others = 1 - counts[name] / rows_in_all
            telling = np.flatnonzero(
                (of_class >= max(self.fewest_rows, self.share_of_class * counts[name]))
                & (with_word - of_class <= self.error_kept * others * with_word)
            )
            telling = telling[np.argsort(-of_class[telling], kind="stable")]
            if len(telling):
                best = telling[0]
                words = features.words[telling[: self.most_words]].to_list()
                share = of_class[best] / counts[name]
                has_word = np.zeros(table.shape[1], dtype=np.float32)
                has_word[best] = 1
                rows = subject.rows.filter(train).filter((table @ has_word) > 0)
                yield self.found(
                    Severity.WARNING if share >= self.sure_share else Severity.INFO,
                    f"{words[0]!r} gives {name!r} away: it is in {100 * share:.0f} % of those"
                    f" training rows and in {with_word[best] - of_class[best]:,} others",
                    {
                        "label": name,
                        "word": words[0],
                        "words": " ".join(words),
                        "rows": int(with_word[best]),
                        "share_of_class": round(float(share), 4),
                        "precision": round(float(of_class[best] / with_word[best]), 4),
                    },
                    row_ids(rows),
                )
