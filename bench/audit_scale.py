"""What the audit of a million rows costs, and what it says of them.

    python bench/audit_scale.py                 # a million rows of each kind
    python bench/audit_scale.py --rows 100000

Each kind is audited in a process of its own, from a parquet file. The short texts are made from the
words of movie-snippets, each from its class's words and drawn mostly after the one before it; one
in a hundred is a copy of another, and two in a hundred are copies with a word changed. Texts are
tokenised where the default model is at hand.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.auditing import audit_data
from newtrick.data.load import load_dataset
from newtrick.data.words import Words, find_words
from newtrick.errors import NewtrickError
from newtrick.recipe import Recipe

SEED = 0
SOURCE = "movie-snippets"
FOLLOWS = 0.7
COPIES = 0.01
NEAR_COPIES = 0.02
LABELS = ("neg", "pos")

_Ids = npt.NDArray[np.int64]


def main() -> None:
    """Audit each kind of data and print what it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows

    print(f"{rows:,} rows\n\n{'rows':34} seconds   CPU  peak GiB")
    with tempfile.TemporaryDirectory() as folder:
        for kind, make in KINDS.items():
            path = Path(folder) / "data.parquet"
            make(rows).write_parquet(path)
            # A fresh process each: peak memory is that of a process over all of its life.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                cost = pool.submit(measure, path).result()
            gigabytes = cost.peak_bytes / 2**30
            print(f"{kind:34} {cost.seconds:7.0f} {cost.cpu_seconds:5.0f} {gigabytes:9.1f}")
            print("\n".join(f"    {line}" for line in cost.said), flush=True)


@dataclass(frozen=True)
class Cost:
    """What an audit took, and the findings or the error as lines."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    said: tuple[str, ...]


def measure(path: Path) -> Cost:
    """Audit a file, in this process."""
    started, used = time.monotonic(), time.process_time()
    try:
        said = [f"{found.code}: {found.title}" for found in audit_data(path)]
    except NewtrickError as error:
        said = [f"refused: {error.what}"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Cost(
        seconds=time.monotonic() - started,
        cpu_seconds=time.process_time() - used,
        peak_bytes=peak if sys.platform == "darwin" else 1024 * peak,
        said=tuple(said),
    )


def short_texts(rows: int) -> pl.DataFrame:
    """Texts as long as movie-snippets, half of each class, with copies among them."""
    chance = np.random.default_rng(SEED)
    recipe = Recipe().with_settings({"data.source": SOURCE})
    source = load_dataset(recipe.data, seed=SEED).train
    parts = []
    for label, name in enumerate(LABELS):
        words = find_words(source.filter(pl.col("label") == label)["text"])
        texts = draw_texts(words, rows // 2, chance)
        parts.append(pl.DataFrame({"text": texts}).with_columns(label=pl.lit(name)))
    frame = pl.concat(parts).sample(fraction=1, shuffle=True, seed=SEED)
    copies = frame.head(round(COPIES * rows))
    near = frame.slice(copies.height, round(NEAR_COPIES * rows)).with_columns(
        pl.col("text").str.replace(r"\S+$", "otherwise")
    )
    return pl.concat([frame.head(rows - copies.height - near.height), copies, near])


def draw_texts(words: Words, rows: int, chance: np.random.Generator) -> pl.Series:
    """Texts with the lengths of those that the words come from."""
    lengths = words.lengths[words.lengths > 0]
    follows = Followers.of(words)
    wanted = chance.choice(lengths, rows)
    drawn = np.empty((rows, lengths.max()), dtype=np.int64)
    drawn[:, 0] = chance.choice(words.ids, rows)
    for place in range(1, drawn.shape[1]):
        next_word = follows.draw(drawn[:, place - 1], chance)
        anywhere = chance.random(rows) > FOLLOWS
        drawn[:, place] = np.where(anywhere, chance.choice(words.ids, rows), next_word)
    within = np.arange(drawn.shape[1]) < wanted[:, None]
    flat = words.vocabulary.gather(drawn[within]).to_frame("word")
    text = pl.Series("text", np.repeat(np.arange(rows), wanted))
    joined = flat.with_columns(text).group_by("text", maintain_order=True).agg(pl.col("word"))
    return joined["word"].list.join(" ")


@dataclass(frozen=True)
class Followers:
    """The words that came after each word, end to end; `offsets` has where those of each start."""

    ids: _Ids
    offsets: _Ids

    @classmethod
    def of(cls, words: Words) -> Followers:
        """Read from texts, which for this purpose follow each other."""
        order = np.argsort(words.ids[:-1], kind="stable")
        counts = np.bincount(words.ids[:-1], minlength=len(words.vocabulary))
        return cls(words.ids[1:][order], np.concatenate([[0], np.cumsum(counts)]))

    def draw(self, ids: _Ids, chance: np.random.Generator) -> _Ids:
        """One for each word; shape as given."""
        counts = np.maximum(self.offsets[ids + 1] - self.offsets[ids], 1)
        places = self.offsets[ids] + (chance.random(len(ids)) * counts).astype(np.int64)
        drawn: _Ids = self.ids[np.minimum(places, len(self.ids) - 1)]
        return drawn


def identical(rows: int) -> pl.DataFrame:
    """One text, under both labels."""
    return pl.select(text=pl.repeat("The same sentence in every row of the file.", rows)).pipe(
        _with_labels
    )


def identical_in_splits(rows: int) -> pl.DataFrame:
    """One text in the three splits that the data names."""
    names = pl.Series(["train", "train", "validation", "test"])
    return identical(rows).with_columns(split=names.gather(np.arange(rows) % 4))


def empty(rows: int) -> pl.DataFrame:
    """Markup and white space."""
    return pl.select(text=pl.repeat("<p> <br/>\u00a0</p>", rows)).pipe(_with_labels)


def _with_labels(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(label=pl.Series(LABELS).gather(np.arange(frame.height) // 3 % 2))


KINDS: dict[str, Callable[[int], pl.DataFrame]] = {
    "short texts": short_texts,
    "one text in all rows": identical,
    "one text in all rows, splits named": identical_in_splits,
    "no text after cleaning": empty,
}


if __name__ == "__main__":
    main()
