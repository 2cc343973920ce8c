"""The check of how much of the texts the model reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.audit.check import Check
from newtrick.audit.data.policies import PARTS, READ, Part, PartScores, score_parts
from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.data.dataset import has_label, label_ids
from newtrick.data.pairs import PAIR
from newtrick.data.words import find_words
from newtrick.encoder.tokens import Truncation

_USUAL_LIMIT = 512
"""The tokens that most encoders can read."""
_UNEQUAL = 0.05
_FEWEST_SCORED, _MOST_SCORED = 200, 6000
_NAMES: Mapping[Part, str] = {
    "head": "their heads",
    "tail": "their tails",
    "head+tail": "both ends",
    "whole": "the whole",
}


class CutTexts(Check[DataSubject]):
    """Texts longer than what the model reads, and what each way of cutting them keeps."""

    code = "truncation"
    why = "What is cut off cannot count, and the verdict of a review is often its last sentence."
    fix = (
        "keep both ends: --set data.truncation=head+tail; or more of each text, which is slower:"
        f" --set data.max_tokens={_USUAL_LIMIT}, or all of it: --set data.truncation=windows"
    )
    fix_of_pairs = (
        f"more of each pair is slower, and says more: --set data.max_tokens={_USUAL_LIMIT}"
    )
    noticeable = 0.01
    noticeable_gain = 0.01  # in accuracy over all rows

    def look(self, subject: DataSubject) -> Iterator[Finding]:
        """Compare lengths before and after cutting, and what is left to a word count."""
        reading = subject.reading
        if reading is None:
            return
        lengths = _lengths(subject.keyed["train"], reading)
        if lengths.texts_cut < self.noticeable:
            return
        by_class = {
            name: lengths.of(is_class)
            for label, name in enumerate(subject.labels)
            if (is_class := _is_class(subject, label)).any()
        }
        evidence: dict[str, float | int | str] = {
            "max_tokens": reading.truncation.max_tokens,
            "counted_by": reading.model if reading.tokens else "estimate",
            "texts_share": round(lengths.texts_cut, 4),
            "tokens_share": round(lengths.tokens_cut, 4),
        }
        for name, part in by_class.items():
            evidence[f"texts_share_{name}"] = round(part.texts_cut, 4)
            evidence[f"tokens_share_{name}"] = round(part.tokens_cut, 4)
        title = _title(lengths, by_class, reading)
        scores = _score_cut_texts(subject, lengths)
        if scores is None:
            fix = _more(reading.truncation) if reading.truncation.keep == "windows" else None
            if PAIR in subject.splits["train"].columns:
                fix = self.fix_of_pairs
            yield self.found(Severity.INFO, title, evidence, fix=fix)
            return
        gain = lengths.texts_cut * scores.gain(reading.truncation.keep)
        yield self.found(
            Severity.WARNING if gain >= self.noticeable_gain else Severity.INFO,
            f"{title}; of these a word count gets right {_shown(scores)}",
            evidence | {f"word_count_{part}": round(scores.accuracy(part), 4) for part in PARTS},
            fix=_advice(scores, reading),
        )


@dataclass(frozen=True)
class _Lengths:
    """The tokens of texts, uncut and cut; each of shape (texts,)."""

    full: npt.NDArray[np.int64]
    kept: npt.NDArray[np.int64]

    @property
    def texts_cut(self) -> float:
        """The share of the texts that are cut."""
        return float((self.full > self.kept).mean())

    @property
    def tokens_cut(self) -> float:
        """The share of all tokens that are lost."""
        return 1 - float(self.kept.sum() / self.full.sum())

    def of(self, which: npt.NDArray[np.bool_]) -> _Lengths:
        """Some of the texts."""
        return _Lengths(self.full[which], self.kept[which])


def _lengths(train: pl.DataFrame, reading: Reading) -> _Lengths:
    full = reading.full_lengths("train", train["text"])
    return _Lengths(full, np.minimum(full, reading.longest_whole))


def _is_class(subject: DataSubject, label: int) -> npt.NDArray[np.bool_]:
    return subject.splits["train"].select(has_label(label, subject.labels)).to_series().to_numpy()


def _score_cut_texts(subject: DataSubject, lengths: _Lengths) -> PartScores | None:
    """What a word count makes of the parts of cut texts, or of a sample if they are many.

    Nothing is known of pairs, whose parts are cut apart, and of rows with several labels.
    """
    if subject.labels.multi_label:
        return None
    cut = (
        subject.keyed["train"]
        .with_columns(kept=lengths.kept / lengths.full)
        .filter(pl.col("kept") < 1)
        .unique("key", keep="first", maintain_order=True)
    )
    sample = cut.sample(min(cut.height, _MOST_SCORED), shuffle=True, seed=0)
    if sample.height < _FEWEST_SCORED or PAIR in cut.columns:
        return None
    return score_parts(find_words(sample["text"]), sample["kept"].to_numpy(), label_ids(sample))


def _title(lengths: _Lengths, by_class: Mapping[str, _Lengths], reading: Reading) -> str:
    truncation = reading.truncation
    limit = f"{truncation.max_tokens:,} tokens"
    if truncation.keep == "windows":
        limit = f"{truncation.max_windows:,} windows of {limit}"
    if reading.tokens:
        title = f"{_percent(lengths.texts_cut)} of the training texts are longer than {limit}"
    else:
        title = (
            f"about {_percent(lengths.texts_cut)} of the training texts are longer than {limit}, by"
            f" their size ({reading.model} is not at hand to count)"
        )
    shares = {name: part.texts_cut for name, part in by_class.items()}
    least, most = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
    if shares[most] - shares[least] >= _UNEQUAL:
        title += f" ({_percent(shares[least])} of {least!r}, {_percent(shares[most])} of {most!r})"
    return f"{title}, and {_percent(lengths.tokens_cut)} of all tokens are cut off"


def _shown(scores: PartScores) -> str:
    return ", ".join(
        f"{100 * scores.accuracy(part):.1f} % by {name}" for part, name in _NAMES.items()
    )


def _advice(scores: PartScores, reading: Reading) -> str:
    keep = reading.truncation.keep
    best = scores.best_policy(keep)
    part = READ[best]
    advice = [] if best == keep else [f"train on {_NAMES[part]}: --set data.truncation={best}"]
    if scores.is_surely_better("whole", than=part):
        advice.append(_more(reading.truncation))
    return "; ".join(advice) or "leave it so: no other part of the texts tells a word count more"


def _more(truncation: Truncation) -> str:
    if truncation.keep == "windows":
        setting = f"max_windows={2 * truncation.max_windows}"
    elif truncation.max_tokens < _USUAL_LIMIT:
        setting = f"max_tokens={_USUAL_LIMIT}"
    else:
        setting = "truncation=windows"
    return f"more of each text is slower, and says more: --set data.{setting}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
