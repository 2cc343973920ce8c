"""How quickly models are trained: transformers' Trainer and newtrick, in one process on equal rows.

    python bench/training_speed.py                        # 600 reviews, under ten minutes
    python bench/training_speed.py --rows 200 --json speed.json

Each contender trains all-MiniLM-L6-v2 on the same IMDb reviews, once over all of them: a sampler
that groups by length starts with its longest batch, so that a few steps would mislead. Texts are
tokenised before, and one batch is trained on to warm up; neither is timed.

- `classic`: the Trainer as transformers' run_classification example sets it up for texts of 512
  tokens: every text is padded to 512, float32, batches of 8. All its steps cost the same, so it
  takes a third of the reviews.
- `expert`: the Trainer tuned as one who knows it would: bfloat16 autocast, batches of 32 texts of
  like length, padded to the longest of their own.
- `fused expert`: the same, with attention dropout 0, so that attention runs fused.
- `newtrick 512` and `newtrick 256`: the default recipe at 512 tokens, and at 256 from both ends.

Useful tokens are those that are not padding. The share of the machine's peak is what the plain
model computes for them, over what the machine multiplies in bfloat16 in the same time.

The Trainer sorts pools of 50 batches by length, but of no more than a fourth of the rows: of a few
hundred rows it makes worse batches than of a whole data set. The ratios that end in `if_unpadded`
are those to an expert whose padding costs nothing, which is more than it has at any size.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine import train_with_engine
from forecast import Forecast, tell
from machine import Peak, Taken, measured
from newtrick.encoder.load import load_encoder
from newtrick.encoder.tokens import Keep
from newtrick.recipe import Recipe
from newtrick.training.validation import LabelledTokens
from peer import Feature, features, train_with_trainer
from reviews import Reviews, add_data_argument, draw, read_reviews
from work import NOMINAL_TRAINING, Counts, Shape, print_ratios

LONG = 512


def main() -> None:
    """Print the table and the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=600, help="how many reviews (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    add_data_argument(parser)
    given = parser.parse_args()

    reviews = draw(read_reviews(given.data), "train", given.rows)
    peak = Peak.measure()
    tell(f"The matrix peak before: {peak}.")
    timed = [take_time(contender, reviews) for contender in CONTENDERS]
    peak = peak.or_better(Peak.measure())
    rows = [Row.of(each, peak) for each in timed]
    ratios = compare(rows)
    print_table(rows, ratios, peak, given.rows)
    if given.json:
        document = {
            "peak_gflops": asdict(peak),
            "rows": [asdict(row) for row in rows],
            "ratios": ratios,
        }
        given.json.write_text(json.dumps(document, indent=2) + "\n")


@dataclass(frozen=True)
class Ready:
    """A contender that is warm.

    Attributes:
        lengths: The tokens of each review that it trains on, as it is cut; shape (reviews,).
        shape: That of its model.
        go: Trains on them once; takes what is told the useful tokens so far.
    """

    lengths: npt.NDArray[np.int64]
    shape: Shape
    go: Callable[[Callable[[int], None]], Counts]


class Contender(Protocol):
    """Someone who trains."""

    @property
    def name(self) -> str:
        """Of its row in the table."""

    def ready(self, reviews: Reviews) -> Ready:
        """Load the model, tokenise, and warm up on one batch."""


@dataclass(frozen=True)
class OfTransformers:
    """The Trainer.

    Attributes:
        name: Of its row in the table.
        batch_size: Texts of a batch.
        tuned: Whether for speed, by one who knows it.
        attention_dropout: `own` is the model's own setting, 0.1.
    """

    name: str
    batch_size: int
    tuned: bool
    attention_dropout: float | str = "own"

    def ready(self, reviews: Reviews) -> Ready:
        """See `Contender`."""
        recipe = Recipe().with_settings({"model.attention_dropout": self.attention_dropout})
        encoder = load_encoder(recipe, reviews.classes)
        if not self.tuned:
            reviews = reviews.head(max(self.batch_size, len(reviews) // 3))
        rows = features(encoder.tokenizer, reviews, LONG, pad_all=not self.tuned)

        def train(rows: Sequence[Feature], see: Callable[[int], None]) -> Counts:
            return train_with_trainer(
                encoder,
                rows,
                see,
                num_train_epochs=1,
                per_device_train_batch_size=self.batch_size,
                bf16=self.tuned,
                train_sampling_strategy="group_by_length" if self.tuned else "random",
            )

        train(rows[: self.batch_size], ignore)
        lengths = np.array([sum(row["attention_mask"]) for row in rows])
        return Ready(lengths, Shape.of(encoder.model), lambda see: train(rows, see))


@dataclass(frozen=True)
class OfNewtrick:
    """The default recipe.

    Attributes:
        name: Of its row in the table.
        max_tokens: Where texts are cut.
        keep: Which part of them is kept.
    """

    name: str
    max_tokens: int
    keep: Keep

    def ready(self, reviews: Reviews) -> Ready:
        """See `Contender`."""
        recipe = Recipe().with_settings(
            {
                "data.max_tokens": self.max_tokens,
                "data.truncation": self.keep,
                "training.epochs": 1.0,
            }
        )
        encoder = load_encoder(recipe, reviews.classes)

        def tokenised(reviews: Reviews) -> LabelledTokens:
            return LabelledTokens(encoder.tokenize(reviews.texts), reviews.labels)

        settings = recipe.training
        train_with_engine(
            encoder, tokenised(reviews.head(settings.train_batch_size)), settings, ignore
        )
        rows = tokenised(reviews)
        return Ready(
            rows.tokens.lengths,
            Shape.of(encoder.model),
            lambda see: train_with_engine(encoder, rows, settings, see),
        )


CLASSIC = OfTransformers("classic", batch_size=8, tuned=False)
EXPERT = OfTransformers("expert", batch_size=32, tuned=True)
FUSED = OfTransformers("fused expert", batch_size=32, tuned=True, attention_dropout=0.0)
OURS = OfNewtrick("newtrick 512", LONG, "head")
OURS_SHORT = OfNewtrick("newtrick 256", 256, "head+tail")
CONTENDERS: Sequence[Contender] = (CLASSIC, EXPERT, FUSED, OURS, OURS_SHORT)


def ignore(_: int) -> None:
    """See nothing."""


@dataclass(frozen=True)
class Timed:
    """A pass that was taken, and the operations that the plain model needs for it."""

    name: str
    reviews: int
    counts: Counts
    operations: float
    taken: Taken


def take_time(contender: Contender, reviews: Reviews) -> Timed:
    """Let a contender train on its reviews once."""
    ready = contender.ready(reviews)
    forecast = Forecast(contender.name, int(ready.lengths.sum()))
    with measured() as taken:
        counts = ready.go(forecast)
    tell(f"{contender.name}: {taken.seconds:.1f} s")
    operations = ready.shape.training(ready.lengths)
    return Timed(contender.name, len(ready.lengths), counts, operations, taken)


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: The contender.
        seconds: Of the pass over its reviews.
        reviews_per_second: As it says.
        useful_tokens: Those trained on, padding aside.
        useful_tokens_per_second: As it says.
        peak_share: Of the matrix peak in bfloat16, operations counted for the lengths of the texts.
        peak_share_nominal: Likewise, at 75 million operations a token.
        peak_memory_bytes: The most that the process held during the pass.
        padding_share: Of the tokens computed, those that were padding.
    """

    name: str
    seconds: float
    reviews_per_second: float
    useful_tokens: int
    useful_tokens_per_second: float
    peak_share: float
    peak_share_nominal: float
    peak_memory_bytes: int
    padding_share: float

    @classmethod
    def of(cls, timed: Timed, peak: Peak) -> Row:
        """Put what was measured in proportion."""
        seconds = timed.taken.seconds
        tokens = timed.counts.useful_tokens
        at_peak = peak.bfloat16 * 1e9 * seconds
        return cls(
            name=timed.name,
            seconds=seconds,
            reviews_per_second=timed.reviews / seconds,
            useful_tokens=tokens,
            useful_tokens_per_second=tokens / seconds,
            peak_share=timed.operations / at_peak,
            peak_share_nominal=NOMINAL_TRAINING * tokens / at_peak,
            peak_memory_bytes=timed.taken.peak_memory,
            padding_share=timed.counts.padding_share,
        )


def compare(rows: Sequence[Row]) -> dict[str, float]:
    """How many times the useful tokens of the others newtrick gets through, all at 512 tokens."""
    named = {row.name: row for row in rows}
    ours = named[OURS.name].useful_tokens_per_second
    ratios = {}
    for name, contender in {"classic": CLASSIC, "expert": EXPERT, "fused_expert": FUSED}.items():
        row = named[contender.name]
        ratios[f"ours_to_{name}"] = ours / row.useful_tokens_per_second
        if contender.tuned:
            unpadded = row.useful_tokens_per_second / (1 - row.padding_share)
            ratios[f"ours_to_{name}_if_unpadded"] = ours / unpadded
    return ratios


def print_table(rows: Sequence[Row], ratios: dict[str, float], peak: Peak, reviews: int) -> None:
    """The figures, for people."""
    print(f"{reviews:,} reviews; the matrix peak: {peak}\n")
    print(f"{'':20} tokens/s  reviews/s  padding  of peak: counted  at 75 M  peak GiB  seconds")
    for row in rows:
        print(
            f"{row.name:20} {row.useful_tokens_per_second:8,.0f}  {row.reviews_per_second:9.2f}"
            f"  {row.padding_share:7.1%}  {row.peak_share:16.3f}  {row.peak_share_nominal:7.3f}"
            f"  {row.peak_memory_bytes / 2**30:8.2f}  {row.seconds:7.1f}"
        )
    print_ratios(ratios)


if __name__ == "__main__":
    main()
