"""How quickly texts are scored: transformers' pipeline and newtrick, in one process on equal rows.

    python bench/inference_speed.py                        # 600 reviews, two or three minutes
    python bench/inference_speed.py --rows 200 --json speed.json

All score the same IMDb reviews, at most 512 tokens of each, with one all-MiniLM-L6-v2, which is
trained for a few steps first so that its answers differ. Tokenising is timed with the rest.

- `one by one`: pipeline("text-classification") as it comes, in float32.
- `batched`: the same with batches of 32, in the order in which the reviews come.
- `sorted`: the same, the reviews sorted by their letters before and put in order again after.
- `newtrick float32` and `newtrick bfloat16`: what `newtrick predict` does, in either format.

Answers are compared with those of `one by one`. The share of the machine's peak is what the plain
model computes for the tokens that are not padding, over what the machine multiplies in bfloat16 in
the same time.
"""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from transformers import pipeline

from engine import train_with_engine
from forecast import Forecast, tell
from machine import Peak, Taken, measured
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.encoder.tokens import Truncation
from newtrick.evaluation.predict import predict_logits, probabilities
from newtrick.recipe import Recipe
from newtrick.training.validation import LabelledTokens
from reviews import Reviews, add_data_argument, draw, read_reviews
from work import NOMINAL_INFERENCE, Shape, print_ratios

LONG = 512
SHORT = 64
TRAINED_ON = 1024
BATCH = 32
HALF = 0.5
WARM_UP = 8

RECIPE = Recipe().with_settings(
    {"data.max_tokens": LONG, "training.epochs": 1.0, "training.learning_rate": 3e-4}
)

Answers = npt.NDArray[np.float64]
"""The probability of the last class for each text; shape (texts,)."""

Contender = Callable[[Encoder, Sequence[str]], Answers]
"""Scores texts with a model."""


def main() -> None:
    """Print the table and the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=600, help="how many reviews (%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    add_data_argument(parser)
    given = parser.parse_args()

    pool = read_reviews(given.data)
    encoder = train_a_little(draw(pool, "train", TRAINED_ON))
    reviews = draw(pool, "test", given.rows)
    peak = Peak.measure()
    timed = {name: take_time(name, encoder, reviews.texts) for name in CONTENDERS}
    peak = peak.or_better(Peak.measure())

    lengths = encoder.tokenize(reviews.texts).lengths
    work = Work(lengths, Shape.of(encoder.model).inference(lengths), peak)
    plain = timed[ONE_BY_ONE].answers
    rows = [Row.of(name, each, plain, work) for name, each in timed.items()]
    ratios = compare(rows)
    print(f"{given.rows:,} reviews; the matrix peak: {peak}")
    print(f"{accuracy(plain, reviews):.1%} of the answers of `{ONE_BY_ONE}` are right\n")
    print_table(rows, ratios)
    if given.json:
        document = {
            "peak_gflops": asdict(peak),
            "rows": [asdict(row) for row in rows],
            "ratios": ratios,
        }
        given.json.write_text(json.dumps(document, indent=2) + "\n")


def train_a_little(reviews: Reviews) -> Encoder:
    """A model with an opinion."""
    encoder = load_encoder(RECIPE, reviews.classes)
    reader = replace(encoder, truncation=Truncation(SHORT, "head"))
    rows = LabelledTokens(reader.tokenize(reviews.texts), reviews.labels)
    forecast = Forecast("training a little", int(rows.tokens.lengths.sum()))
    train_with_engine(encoder, rows, RECIPE.training, forecast)
    encoder.model.eval()
    return encoder


def with_pipeline(encoder: Encoder, texts: Sequence[str], batch_size: int) -> Answers:
    """As the users of transformers score texts."""
    tokenizer: Any = encoder.tokenizer
    classify = pipeline(
        "text-classification", model=encoder.model, tokenizer=tokenizer, device="cpu"
    )
    answers = classify(list(texts), batch_size=batch_size, truncation=True, max_length=LONG)
    last = encoder.labels.names[-1]
    return np.array(
        [answer["score"] if answer["label"] == last else 1 - answer["score"] for answer in answers]
    )


def one_by_one(encoder: Encoder, texts: Sequence[str]) -> Answers:
    """The pipeline as it comes."""
    return with_pipeline(encoder, texts, batch_size=1)


def batched(encoder: Encoder, texts: Sequence[str]) -> Answers:
    """The pipeline with batches."""
    return with_pipeline(encoder, texts, BATCH)


def sorted_by_length(encoder: Encoder, texts: Sequence[str]) -> Answers:
    """The pipeline with batches of texts of like length."""
    order = np.argsort([len(text) for text in texts])
    answers = np.empty(len(texts))
    answers[order] = batched(encoder, [texts[place] for place in order])
    return answers


def ours(encoder: Encoder, texts: Sequence[str]) -> Answers:
    """As newtrick scores texts."""
    logits = predict_logits(
        encoder.model,
        encoder.tokenize(texts),
        pad_id=encoder.pad_id,
        batch_size=RECIPE.training.eval_batch_size,
    )
    return probabilities(logits)[:, -1].astype(np.float64)


def ours_in_bfloat16(encoder: Encoder, texts: Sequence[str]) -> Answers:
    """As newtrick scores texts with weights in bfloat16."""
    model = copy.deepcopy(encoder.model).bfloat16()
    return ours(replace(encoder, model=model), texts)


ONE_BY_ONE = "one by one"
CONTENDERS: dict[str, Contender] = {
    ONE_BY_ONE: one_by_one,
    "batched": batched,
    "sorted": sorted_by_length,
    "newtrick float32": ours,
    "newtrick bfloat16": ours_in_bfloat16,
}


@dataclass(frozen=True)
class Timed:
    """The answers of a contender, and what they took."""

    answers: Answers
    taken: Taken


def take_time(name: str, encoder: Encoder, texts: Sequence[str]) -> Timed:
    """Let a contender score a few texts to warm up, and then all."""
    score = CONTENDERS[name]
    score(encoder, texts[:WARM_UP])
    with measured() as taken:
        answers = score(encoder, texts)
    tell(f"{name}: {taken.seconds:.1f} s")
    return Timed(answers, taken)


def accuracy(answers: Answers, reviews: Reviews) -> float:
    """The share of right answers."""
    return float(((answers > HALF) == reviews.labels.astype(bool)).mean())


@dataclass(frozen=True)
class Work:
    """What all contenders have to do, and the peak of the machine that they do it on.

    Attributes:
        lengths: Tokens of each text; shape (texts,).
        operations: Those of the plain forward pass over all texts.
        peak: Of matrix products.
    """

    lengths: npt.NDArray[np.int64]
    operations: float
    peak: Peak


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: The contender.
        seconds: For all reviews.
        reviews_per_second: As it says.
        useful_tokens_per_second: Padding aside.
        peak_share: Of the matrix peak in bfloat16, operations counted for the lengths of the texts.
        peak_share_nominal: Likewise, at 24.4 million operations a token.
        peak_memory_bytes: The most that the process held meanwhile.
        largest_difference: Of a probability, from that of the plain pipeline.
        same_labels: The share of texts that get the label that the plain pipeline gives them.
    """

    name: str
    seconds: float
    reviews_per_second: float
    useful_tokens_per_second: float
    peak_share: float
    peak_share_nominal: float
    peak_memory_bytes: int
    largest_difference: float
    same_labels: float

    @classmethod
    def of(cls, name: str, timed: Timed, plain: Answers, work: Work) -> Row:
        """Put what was measured in proportion."""
        seconds = timed.taken.seconds
        tokens = int(work.lengths.sum())
        at_peak = work.peak.bfloat16 * 1e9 * seconds
        return cls(
            name=name,
            seconds=seconds,
            reviews_per_second=len(work.lengths) / seconds,
            useful_tokens_per_second=tokens / seconds,
            peak_share=work.operations / at_peak,
            peak_share_nominal=NOMINAL_INFERENCE * tokens / at_peak,
            peak_memory_bytes=timed.taken.peak_memory,
            largest_difference=float(np.abs(timed.answers - plain).max()),
            same_labels=float(((timed.answers > HALF) == (plain > HALF)).mean()),
        )


def compare(rows: Sequence[Row]) -> dict[str, float]:
    """How many times the reviews of the others newtrick gets through."""
    speeds = {row.name: row.reviews_per_second for row in rows}
    return {
        f"{kind}_to_{other.replace(' ', '_')}": speeds[f"newtrick {kind}"] / speeds[other]
        for kind in ("float32", "bfloat16")
        for other in (ONE_BY_ONE, "batched", "sorted")
    }


def print_table(rows: Sequence[Row], ratios: dict[str, float]) -> None:
    """The figures, for people."""
    print(
        f"{'':18} reviews/s  tokens/s  of peak: counted  at 24.4 M  peak GiB  seconds"
        "  largest difference  same labels"
    )
    for row in rows:
        print(
            f"{row.name:18} {row.reviews_per_second:9.1f}  {row.useful_tokens_per_second:8,.0f}"
            f"  {row.peak_share:16.3f}  {row.peak_share_nominal:9.3f}"
            f"  {row.peak_memory_bytes / 2**30:8.2f}  {row.seconds:7.1f}"
            f"  {row.largest_difference:18.2g}  {row.same_labels:11.1%}"
        )
    print_ratios(ratios)


if __name__ == "__main__":
    main()
