"""BENCHMARKS.md and its picture, from the results that are kept in bench/results.

python bench/benchmarks.py

The row of the reference is the forecast of a run with the default encoder, kept by

newtrick train FOLDER --recipe imdb-small-mlm-tweet --model all-MiniLM-L6-v2 --dry-run --json
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from imdb import KEPT, Benchmark, read_benchmark
from newtrick.evaluation.result import Result
from newtrick.evaluation.scores import Scores
from newtrick.storage import write_file

TARGET = Path(__file__).parents[1] / "BENCHMARKS.md"
PICTURE = KEPT / "minutes.svg"
SPEED = KEPT / "training_speed.json"
REFERENCE, FORECAST = "imdb-small-mlm-tweet", KEPT / "imdb-small-mlm-tweet.json"
CLASSIC_EPOCHS = 3
LOWEST = 0.8
"""The accuracy at the foot of the picture."""

TEXT = """# Benchmarks: IMDb on two cores

Sentiment of movie reviews (Maas and others 2011), two classes of equal size. {train} reviews train
the models and {validation} choose all that is chosen, both from the official training split; each
model is scored once on {test} of the official test reviews.

{table}

Minutes are those of reading, the audit, tokenising, fitting and training, on {machine};
scoring the test reviews is left out. Those of the classic script (transformers' run_classification
example: texts padded to 512 tokens, float32, batches of 8, three epochs) are extrapolated from its
measured speed, and we do not know its accuracy. Those of imdb-small-mlm-tweet, the hyperparameters
of a published run (512 tokens, float32, batches of 32, up to 200 epochs until three evaluations
bring nothing), are forecast by timing its first steps with all-MiniLM-L6-v2, for one epoch.

![Accuracy against minutes](bench/results/minutes.svg)

The lines are encoders on the validation rows while they learn; the marks are of the test rows, with
their 95 % intervals.

Each row is made by its command. `python bench/benchmarks.py` writes this page from the results kept
in `bench/results/`.
"""


@dataclass(frozen=True)
class Row:
    """A line of the table; what is not known is None."""

    name: str
    accuracy: float | None
    interval: tuple[float, float] | None
    macro_f1: float | None
    minutes: float
    peak_memory: int | None
    command: str


@dataclass(frozen=True)
class Kept:
    """A run that was kept."""

    name: str
    result: Result
    benchmark: Benchmark


def main() -> None:
    """Write both."""
    runs = sorted(map(read_run, KEPT.glob("*/result.json")), key=lambda run: run.benchmark.seconds)
    rows = [*word_counts(runs[0]), *(row for run in runs for row in rows_of(run))]
    rows += [reference(), classic(runs[0])]
    draw(runs, rows)
    data = runs[0].result.data
    text = TEXT.format(
        train=f"{data.train_rows:,}",
        validation=f"{data.validation_rows:,}",
        test=f"{data.test_rows:,}",
        table=table(rows),
        machine=runs[0].benchmark.machine,
    )
    write_file(TARGET, text)


def read_run(path: Path) -> Kept:
    """Both files of a run."""
    return Kept(
        path.parent.name,
        Result.model_validate_json(path.read_text("utf-8")),
        read_benchmark(path.parent),
    )


def word_counts(run: Kept) -> Iterator[Row]:
    """The cheap models that every run has beside it."""
    for each in run.result.baselines[1:]:  # the first is the majority
        yield Row(
            each.name,
            each.accuracy,
            each.accuracy_interval,
            each.macro_f1,
            each.seconds / 60,
            None,
            run.benchmark.command,
        )


def rows_of(run: Kept) -> Iterator[Row]:
    """What a run came to: the encoder alone, and with the word count's help."""
    blend = run.result.blend
    if blend is None:
        yield row(run.name, run.result.test, run)
        return
    yield row(f"{run.name}, encoder alone", blend.encoder_test, run)
    yield row(f"{run.name}, blend", blend.test, run)
    if blend.cascade:
        share = f"{100 * blend.cascade.test_share:.0f} % by words"
        yield row(f"{run.name}, cascade ({share})", blend.cascade.test, run)


def row(name: str, test: Scores, run: Kept) -> Row:
    """A line of a run."""
    return Row(
        name,
        test.accuracy,
        test.accuracy_interval,
        test.macro_f1,
        run.benchmark.seconds / 60,
        run.result.training.peak_memory_bytes,
        run.benchmark.command,
    )


def classic(run: Kept) -> Row:
    """The classic script, had it gone on as it began."""
    rows = json.loads(SPEED.read_text("utf-8"))["rows"]
    [speed] = [row for row in rows if row["name"] == "classic"]
    seconds = CLASSIC_EPOCHS * run.result.data.train_rows / speed["reviews_per_second"]
    return Row(
        "classic script (extrapolated)",
        None,
        None,
        None,
        seconds / 60,
        speed["peak_memory_bytes"],
        "python bench/training_speed.py",
    )


def reference() -> Row:
    """The published hyperparameters, for as long as one epoch of them."""
    forecast = json.loads(FORECAST.read_text("utf-8"))
    return Row(
        f"{REFERENCE}, one epoch (forecast)",
        None,
        None,
        None,
        forecast["epoch_seconds"] / 60,
        forecast["memory_bytes"],
        f"newtrick train FOLDER --recipe {REFERENCE} --model all-MiniLM-L6-v2 --dry-run",
    )


def table(rows: list[Row]) -> str:
    """In markdown."""
    lines = [
        "| method | accuracy | 95 % | macro F1 | minutes | peak memory | command |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in rows:
        interval = f"{each.interval[0]:.4f} to {each.interval[1]:.4f}" if each.interval else ""
        cells = (
            each.name,
            "" if each.accuracy is None else f"{each.accuracy:.4f}",
            interval,
            "" if each.macro_f1 is None else f"{each.macro_f1:.4f}",
            f"{each.minutes:.2g}" if each.minutes < 1 else f"{each.minutes:.1f}",
            "" if each.peak_memory is None else f"{each.peak_memory / 2**30:.1f} GiB",
            f"`{each.command}`",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(runs: list[Kept], rows: list[Row]) -> None:
    """Accuracy against minutes."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for run in runs:
        minutes = [point.seconds / 60 for point in run.benchmark.curve]
        accuracies = [point.accuracy for point in run.benchmark.curve]
        axes.plot(minutes, accuracies, ".-", label=f"{run.name}, encoder on validation rows")
    for each in rows:
        if each.accuracy is not None and each.interval is not None and each.accuracy > LOWEST:
            axes.plot([each.minutes] * 2, each.interval, "-", color="0.5", linewidth=1)
            axes.plot(each.minutes, each.accuracy, "D", markersize=5, label=f"{each.name}, test")
    axes.set_xscale("log")
    axes.set_xlabel("minutes")
    axes.set_ylabel("accuracy")
    axes.set_ylim(bottom=LOWEST)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
