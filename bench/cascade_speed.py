"""How quickly a trained model answers: the encoder alone, blended with a word count, and fast.

    python bench/cascade_speed.py RUN                      # 2,000 reviews, some minutes
    python bench/cascade_speed.py RUN --rows 500 --precision float32 --json speed.json

RUN is a run folder, or the model folder in it, that was trained on IMDb with a blend. All ways
answer the same test reviews, warmed up, in one process; tokenising and counting are timed with the
rest. `fast` is `newtrick predict --fast`: the word count answers alone where it is sure.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from forecast import tell
from machine import measured
from newtrick.classifier import Classifier, load
from newtrick.evaluation.arrays import Flags
from newtrick.evaluation.paired import Paired
from reviews import Reviews, add_data_argument, draw, read_reviews
from work import print_ratios

ALONE, BLENDED, FAST = "encoder alone", "blended", "fast"
WARM_UP = 64


def main() -> None:
    """Print the table and the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", type=Path, help="a run folder with a blend")
    parser.add_argument("--rows", type=int, default=2000, help="how many reviews (%(default)s)")
    parser.add_argument("--precision", choices=["float32", "bfloat16", "auto"], default="auto")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    add_data_argument(parser)
    given = parser.parse_args()

    reviews = draw(read_reviews(given.data), "test", given.rows)
    timed = [take_time(way, load_way(given.run, way, given.precision), reviews) for way in WAYS]
    rows = [Row.of(each, timed[0], len(reviews)) for each in timed]
    ratios = {
        f"{row.name}_to_encoder_alone": row.reviews_per_second / rows[0].reviews_per_second
        for row in rows[1:]
    }
    print(f"{given.rows:,} reviews\n")
    print_table(rows)
    print_ratios(ratios)
    if given.json:
        document = {"rows": [asdict(row) for row in rows], "ratios": ratios}
        given.json.write_text(json.dumps(document, indent=2) + "\n")


WAYS = (ALONE, BLENDED, FAST)


def load_way(run: Path, way: str, precision: Literal["float32", "bfloat16", "auto"]) -> Classifier:
    """The model, told how to answer."""
    if way == FAST:
        return load(run, precision=precision, fast=True)
    return load(run, precision=precision, blend=way == BLENDED)


@dataclass(frozen=True)
class Timed:
    """What a way answered, and what that took.

    Attributes:
        name: Of the way.
        right: Which answers are right; shape (reviews,).
        by_words: How many the word count gave alone.
        seconds: For all reviews.
    """

    name: str
    right: Flags
    by_words: int
    seconds: float


def take_time(name: str, classifier: Classifier, reviews: Reviews) -> Timed:
    """Let it answer a few reviews to warm up, and then all."""
    classifier.score(reviews.texts[:WARM_UP])
    with measured() as taken:
        answered = classifier.score(reviews.texts)
    tell(f"{name}: {taken.seconds:.1f} s")
    names = np.array(classifier.labels)
    right = names[answered.logits.argmax(axis=1)] == np.array(reviews.classes.names)[reviews.labels]
    return Timed(name, right, answered.by_words, taken.seconds)


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: The way.
        reviews_per_second: As it says.
        accuracy: On these reviews.
        gain: Over the encoder alone.
        gain_interval: 95 %.
        words_share: The share that the word count answered alone.
    """

    name: str
    reviews_per_second: float
    accuracy: float
    gain: float
    gain_interval: tuple[float, float]
    words_share: float

    @classmethod
    def of(cls, timed: Timed, alone: Timed, reviews: int) -> Row:
        """Put what was measured beside the encoder alone."""
        pair = Paired(alone.right, timed.right)
        return cls(
            name=timed.name,
            reviews_per_second=reviews / timed.seconds,
            accuracy=float(timed.right.mean()),
            gain=pair.gap,
            gain_interval=pair.interval(),
            words_share=timed.by_words / reviews,
        )


def print_table(rows: list[Row]) -> None:
    """The figures, for people."""
    print(f"{'':14} reviews/s  accuracy    gain  95 % interval      by words alone")
    for row in rows:
        low, high = row.gain_interval
        print(
            f"{row.name:14} {row.reviews_per_second:9.1f}  {row.accuracy:8.4f}  {row.gain:+.4f}"
            f"  {low:+.4f} to {high:+.4f}  {row.words_share:14.1%}"
        )


if __name__ == "__main__":
    main()
