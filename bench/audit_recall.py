"""How well the audit finds what is wrong: plant defects in clean data, and see what it names.

    python bench/audit_recall.py                        # movie-snippets, 5 seeds
    python bench/audit_recall.py reviews.csv --seeds 3
    python bench/audit_recall.py --model-probabilities  # and label noise after a training

For each seed the data is cut into splits, shuffled (movie-snippets comes sorted by label), written
to a file and audited as a user would: clean, with each defect alone, and with all of them together,
where a row may have several. Rows that the audit of the clean copy names as well are natural: they
count neither for nor against a check. Near-duplicates within a split are natural too; they are
counted, for the audit tells only of many.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from label_noise import Hits, named_by, train_with_flips
from newtrick.audit.data.noise import LabelNoiseAfterwards
from newtrick.audit.finding import Finding
from newtrick.auditing import audit_data
from newtrick.data.dataset import Dataset
from newtrick.data.load import load_dataset
from newtrick.data.near import near_groups
from newtrick.data.words import find_words
from newtrick.recipe import Recipe
from planting import FLIPPED_SHARE, PLANTINGS, Planted

FIRST_SEED = 42
FILE = "planted.parquet"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", nargs="?", default="movie-snippets")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--model-probabilities", action="store_true")
    given = parser.parse_args()

    started = time.monotonic()
    seeds = range(FIRST_SEED, FIRST_SEED + given.seeds)
    with tempfile.TemporaryDirectory() as scratch:
        trials = [Trial.run(given.data, seed, Path(scratch)) for seed in seeds]
        seconds = time.monotonic() - started
        print(
            f"{given.data}: {trials[0].rows:,} rows, {len(seeds)} seeds from {FIRST_SEED},"
            f" {seconds:.0f} s"
        )
        print_clean(trials)
        print_planted(trials)
        if given.model_probabilities:
            print_model(Path(scratch))


@dataclass(frozen=True)
class Outcome:
    """What an audit said of planted data.

    Attributes:
        code: That of the check that was meant to find it.
        manner: `alone` or `together`.
        found: Whether it spoke.
        planted: How many rows it should name.
        named: How many it named, natural ones aside.
        right: How many of those were planted.
        natural: How many it named that it names in the clean copy too.
        besides: The codes of checks that spoke, though they did not of the clean copy, and nothing
            was planted for them.
    """

    code: str
    manner: str
    found: bool
    planted: int
    named: int
    right: int
    natural: int
    besides: frozenset[str]


@dataclass(frozen=True)
class Trial:
    """What was said of one cut of the data, clean and planted.

    Attributes:
        rows: Those of the clean copy.
        alike: How many of them are near-duplicates of an earlier one, whatever the split.
        clean: What was said of it: for each code the ids of the rows named.
        outcomes: What was said of the planted copies.
    """

    rows: int
    alike: int
    clean: dict[str, frozenset[int]]
    outcomes: tuple[Outcome, ...]

    @classmethod
    def run(cls, data: str, seed: int, folder: Path) -> Trial:
        """Cut, plant and audit."""
        recipe = Recipe().with_settings({"data.source": data})
        frame = as_frame(load_dataset(recipe.data, seed=seed), seed)
        clean = audit_frame(frame, folder)
        alone = [planting(frame, np.random.default_rng(seed)) for planting in PLANTINGS]
        outcomes = []
        for planted in alone:
            said = audit_frame(planted.frame, folder)
            outcomes += judge([planted], said, clean, "alone")
        together: list[Planted] = []
        for planting in PLANTINGS:
            before = together[-1].frame if together else frame
            together.append(planting(before, np.random.default_rng(seed)))
        outcomes += judge(together, audit_frame(together[-1].frame, folder), clean, "together")
        return cls(frame.height, count_alike(frame), clean, tuple(outcomes))


def as_frame(dataset: Dataset, seed: int) -> pl.DataFrame:
    """All rows, shuffled, with a number of their own and the names of their labels and splits."""
    names = pl.Series(dataset.labels.names)
    rows = pl.concat(
        rows.select("text", label=names.gather(rows["label"]), split=pl.lit(name))
        for name, rows in dataset.splits().items()
    )
    return rows.sample(fraction=1, shuffle=True, seed=seed).with_row_index("id")


def count_alike(frame: pl.DataFrame) -> int:
    """How many different texts differ from an earlier one in a word or two."""
    groups = near_groups(find_words(frame["text"].unique(maintain_order=True)))
    return len(groups) - len(np.unique(groups))


def audit_frame(frame: pl.DataFrame, folder: Path) -> dict[str, frozenset[int]]:
    """For the code of each finding the ids of the rows that it names."""
    frame.drop("id").write_parquet(folder / FILE)
    ids = frame["id"].to_list()
    said: dict[str, frozenset[int]] = defaultdict(frozenset)
    for finding in audit_data(folder / FILE):
        said[finding.code] |= {ids[place] for place in places_named(finding)}
    return dict(said)


def places_named(finding: Finding) -> Iterable[int]:
    """Of `file:row`, where rows count from 1."""
    return (int(row.rpartition(":")[2]) - 1 for row in finding.rows)


def judge(
    planted: Sequence[Planted],
    said: dict[str, frozenset[int]],
    clean: dict[str, frozenset[int]],
    manner: str,
) -> list[Outcome]:
    """Compare what was planted with what was said."""
    besides = frozenset(said) - frozenset(clean) - {part.code for part in planted}
    outcomes = []
    for part in planted:
        named = said.get(part.code, frozenset())
        natural = named & clean.get(part.code, frozenset()) - part.ids
        fresh = named - natural
        outcomes.append(
            Outcome(
                code=part.code,
                manner=manner,
                found=part.code in said,
                planted=len(part.ids),
                named=len(fresh),
                right=len(fresh & part.ids),
                natural=len(natural),
                besides=besides,
            )
        )
    return outcomes


def print_clean(trials: Sequence[Trial]) -> None:
    """What is said of the clean copies."""
    spoke = Counter(code for trial in trials for code in trial.clean)
    rows = Counter(dict.fromkeys(spoke, 0))
    for trial in trials:
        rows.update({code: len(named) for code, named in trial.clean.items()})
    print("\nThe clean copy:")
    for code, seeds in spoke.items():
        print(f"  {code}: {seeds} seeds, {rows[code] / seeds:.1f} rows each")
    alike = sum(trial.alike for trial in trials) / len(trials)
    print(f"  not told of: {alike:.1f} texts alike to an earlier one, in the same split")


def print_planted(trials: Sequence[Trial]) -> None:
    """Recall and precision of each check, over all seeds together."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in (outcome for trial in trials for outcome in trial.outcomes):
        groups[outcome.manner, outcome.code].append(outcome)
    print(
        "\ncheck            planted   found  rows planted  named  natural  recall  precision"
        "  others that speak up"
    )
    for (manner, code), outcomes in groups.items():
        planted, named, right, natural = (
            sum(getattr(outcome, name) for outcome in outcomes)
            for name in ("planted", "named", "right", "natural")
        )
        found = sum(outcome.found for outcome in outcomes)
        figures = f"{planted:12,}  {named:5,}  {natural:7,}"
        shares = (
            f"{right / planted:6.3f}  {right / max(1, named):9.3f}"
            if planted
            else f"{'':6}  {'':9}"
        )
        besides = Counter(code for outcome in outcomes for code in sorted(outcome.besides))
        others = ", ".join(f"{code} {seeds}/{len(outcomes)}" for code, seeds in besides.items())
        line = f"{code:16} {manner:8}  {found}/{len(outcomes):<4} {figures}  {shares}"
        print(f"{line}  {others}".rstrip())


def print_model(folder: Path) -> None:
    """Label noise as the trained model sees it; `label_noise.py` has more of it."""
    trained = train_with_flips(folder, "planted", FLIPPED_SHARE, minutes=4.0)
    finding = next(LabelNoiseAfterwards().look(trained.encoder), None)
    named = named_by(finding, trained.encoder.rows)
    print(
        f"\nlabel-noise by the trained model, movie-snippets, {trained.truth.sum()} of"
        f" {len(trained.truth):,} validation and test labels flipped:"
        f" {Hits.of(named, trained.truth)}"
    )


if __name__ == "__main__":
    main()
