"""How well wrong labels are found: flip labels on purpose, and see which rows are named.

    python bench/label_noise.py                   # all tables; trains twice, 4 minutes each
    python bench/label_noise.py --folder noise    # keeps the trainings, or takes them again

The first tables are of the word count, over ten seeds: how often it speaks up at each share of
flipped labels, above all at none. The others are of the encoder of the default recipe, trained on
movie-snippets with flipped labels in all splits, and judging validation and test rows. Labels that
were wrong before count as false alarms, so precision is a lower bound; `--show 30` prints the
surest of those.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from cleanlab.filter import find_label_issues

from newtrick import train
from newtrick.audit.data.noise import Answers, LabelNoise, LabelNoiseAfterwards
from newtrick.audit.data.slips import slips_by_encoder, slips_by_words
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.data.wordmodel import out_of_fold
from newtrick.audit.finding import Finding
from newtrick.data.dataset import Dataset, label_ids, row_ids
from newtrick.data.load import load_dataset
from newtrick.evaluation.result import Result
from newtrick.recipe import Recipe

DATA = "movie-snippets"
SHARES = (0.0, 0.01, 0.02, 0.05, 0.1)
SEEDS = 10
PLANTED = 0.05
RECALLS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)

Mask = npt.NDArray[np.bool_]


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=4.0, help="the most for each training")
    parser.add_argument("--folder", type=Path, help="where the trainings are kept")
    parser.add_argument("--show", type=int, default=0, help="how many unflipped rows to print")
    given = parser.parse_args()
    for name in (DATA, "sms-spam"):
        print_word_count(name)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        for title, share in (("planted", PLANTED), ("clean", 0.0)):
            trained = train_with_flips(folder, title, share, given.minutes)
            print_encoder(trained, share)
            print_surest(trained, given.show)


@dataclass(frozen=True)
class Hits:
    """How rows that were named compare with those that were flipped."""

    named: int
    precision: float
    recall: float

    @classmethod
    def of(cls, named: Mask, truth: Mask) -> Hits:
        """Compare; both have the shape (rows,)."""
        hits = int((named & truth).sum())
        return cls(int(named.sum()), hits / max(1, named.sum()), hits / max(1, truth.sum()))

    def __str__(self) -> str:
        return f"{self.named:5,} rows, precision {self.precision:.2f}, recall {self.recall:.2f}"


def flip(rows: int, share: float, seed: int) -> Mask:
    """Which rows get the other label; shape (rows,)."""
    mask = np.zeros(rows, dtype=np.bool_)
    mask[np.random.default_rng(seed).choice(rows, round(share * rows), replace=False)] = True
    return mask


def read(source: str | Path) -> Dataset:
    """Rows as the default recipe reads and cuts them."""
    recipe = Recipe().with_settings({"data.source": str(source)})
    return load_dataset(recipe.data, seed=recipe.training.seed)


def named_by(finding: Finding | None, rows: pl.DataFrame) -> Mask:
    """Which of the rows a finding names; shape (rows,)."""
    named = set() if finding is None else set(finding.rows)
    return np.array([row in named for row in row_ids(rows)], dtype=np.bool_)


def print_word_count(name: str) -> None:
    """The check before training, on another four fifths of the rows for each seed."""
    dataset = read(name)
    rows = pl.concat(dataset.splits().values())
    print(f"\n{name}, word count: {SEEDS} seeds, {round(0.8 * rows.height):,} rows each")
    for share in SHARES:
        said, hits = [], []
        for seed in range(SEEDS):
            part = rows.sample(fraction=0.8, seed=seed)
            truth = flip(part.height, share, seed)
            labels = pl.Series("label", label_ids(part) ^ truth, dtype=pl.Int32)
            subject = DataSubject(dataset.labels, {"train": part.with_columns(labels)})
            if finding := next(LabelNoise().look(subject), None):
                said.append(float(finding.evidence["share"]))
                hits.append(Hits.of(named_by(finding, part), truth))
        print(f"  {share:4.0%} flipped: speaks up {len(hits):2} times of {SEEDS}", end="")
        if hits:
            named, precision, recall = np.mean(
                [(hit.named, hit.precision, hit.recall) for hit in hits], axis=0
            )
            print(
                f", says {np.mean(said):.1%} on average; {Hits(round(named), precision, recall)}",
                end="",
            )
        print()


@dataclass(frozen=True)
class Trained:
    """A training with flips, and the validation and test rows.

    Attributes:
        result: The figures of the training.
        encoder: Its answers.
        words: Those of the word count, out of fold.
        finding: What the check before training found, on the rows of all splits.
        truth: Which rows were flipped; shape (rows,).
    """

    result: Result
    encoder: Answers
    words: Answers
    finding: Finding | None
    truth: Mask


def train_with_flips(folder: Path, title: str, share: float, minutes: float) -> Trained:
    """Train with flips in all splits, or take the training that the folder has."""
    data, run = folder / f"{title}.parquet", folder / title
    if not (run / "result.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_with_flips(data, share)
        train(data, settings={"training.max_minutes": minutes}, out=run)
    dataset = read(data)
    subject = DataSubject(dataset.labels, dataset.splits())
    every, keys = subject.rows, subject.rows["key"].to_numpy()
    shares = out_of_fold(subject.features.table, label_ids(every), keys)
    saved = pl.concat(
        pl.read_parquet(run / "predictions" / f"{split}.parquet")
        for split in ("validation", "test")
    )
    places = {row: place for place, row in enumerate(every["row"])}
    judged = [places[int(row.rpartition(":")[2])] for row in saved["id"]]
    rows = every[judged]
    answers = saved.select(f"probability_{name}" for name in dataset.labels).to_numpy()
    return Trained(
        Result.model_validate_json((run / "result.json").read_text("utf-8")),
        Answers(dataset.labels, rows, answers.astype(np.float64)),
        Answers(dataset.labels, rows, shares[judged]),
        next(LabelNoise().look(subject), None),
        pl.read_parquet(data)["flipped"].to_numpy()[rows["row"].to_numpy() - 1],
    )


def write_with_flips(path: Path, share: float) -> None:
    """The rows of the data set in their own order, some with the other label."""
    dataset = read(DATA)
    rows = pl.concat(dataset.splits().values()).sort("row")
    truth = flip(rows.height, share, seed=0)
    written = np.array(dataset.labels.names)[label_ids(rows) ^ truth]
    columns = [pl.Series("label", written), pl.Series("flipped", truth)]
    rows.select("text", *columns).write_parquet(path)


def print_encoder(trained: Trained, share: float) -> None:
    """What the checks name, and what other places to stop and other ways to rank would give."""
    result, rows, truth = trained.result, trained.encoder.rows, trained.truth
    print(
        f"\n{DATA}, {share:.0%} flipped: {truth.sum()} of {rows.height:,} validation and test rows."
        f"\n  Trained {result.training.seconds / 60:.1f} minutes ({result.training.epochs:.2f}"
        f" epochs, seed 42); test accuracy {result.test.accuracy:.4f}"
    )
    before, after = trained.finding, next(LabelNoiseAfterwards().look(trained.encoder), None)
    for judge, finding in (("word count", before), ("encoder", after)):
        said = "" if finding is None else f", says {finding.evidence['share']:.1%}"
        print(f"  {judge:10}  named by its check  {Hits.of(named_by(finding, rows), truth)}{said}")
    labels = label_ids(rows)
    both = np.sqrt(trained.encoder.shares * trained.words.shares)
    for judge, shares, find_slips in (
        ("word count", trained.words.shares, slips_by_words),
        ("encoder", trained.encoder.shares, slips_by_encoder),
        ("combined", both / both.sum(axis=1, keepdims=True), slips_by_encoder),
    ):
        alone = find_label_issues(labels, shares, n_jobs=1)
        print(f"  {judge:10}  confident learning  {Hits.of(alone, truth)}")
        order = np.argsort(-find_slips(shares, labels).chances, kind="stable")
        for recall in RECALLS if share else ():
            first = int(np.argmax(truth[order].cumsum() >= recall * truth.sum())) + 1
            named = np.isin(np.arange(len(labels)), order[:first])
            print(f"  {judge:10}  the likeliest       {Hits.of(named, truth)}")


def print_surest(trained: Trained, show: int) -> None:
    """Rows that nobody flipped, those that the encoder contradicts most first."""
    rows, labels = trained.encoder.rows, label_ids(trained.encoder.rows)
    own = trained.encoder.shares[np.arange(len(labels)), labels]
    for row in np.argsort(np.where(trained.truth, 1.0, own), kind="stable")[:show]:
        name = trained.encoder.labels.names[labels[row]]
        print(f"    {own[row]:.3f}  {name}  {rows['text'][int(row)]}")


if __name__ == "__main__":
    main()
