"""What several seeds of the same recipe gave: in words, and as a table."""

from __future__ import annotations

from newtrick.counted import counted
from newtrick.evaluation.scores import SeedScores
from newtrick.report.grid import Grid
from newtrick.report.wording import decimals, percent


def seeds_in_words(seeds: SeedScores, task: str) -> str:
    """The mean, the spread, and what picking the best one would pretend."""
    lost = ", ".join(map(str, seeds.lost))
    losses = f" The training with seed {lost} came to nothing." if seeds.lost else ""
    if seeds.accuracy_spread is None:
        return f"One seed alone gave a model.{losses}"
    right = "are right" if task == "single_label" else "have all labels right"
    low, high = min(seeds.accuracy), max(seeds.accuracy)
    return (
        f"{counted(len(seeds.seeds), 'seed')} of the same recipe {right} on"
        f" {percent(seeds.mean_accuracy)} % of these rows on average ({percent(low)} to"
        f" {percent(high)}, standard deviation {100 * seeds.accuracy_spread:.2f} points). The model"
        f" kept is that of seed {seeds.seeds[0]}, which was chosen beforehand; the best of them"
        f" would be reported {100 * seeds.best_lead:.2f} points above the mean for luck alone."
        f"{losses}"
    )


def seeds_grid(seeds: SeedScores, task: str) -> Grid:
    """A line for each seed, and their mean."""
    spread = [
        ("standard deviation", decimals(accuracy), decimals(macro_f1))
        for accuracy, macro_f1 in [(seeds.accuracy_spread, seeds.macro_f1_spread)]
        if accuracy is not None and macro_f1 is not None
    ]
    return Grid(
        caption=seeds_in_words(seeds, task),
        header=("Seed", "Accuracy", "Macro F1"),
        rows=(
            *(
                (str(seed), decimals(accuracy), decimals(macro_f1))
                for seed, accuracy, macro_f1 in zip(
                    seeds.seeds, seeds.accuracy, seeds.macro_f1, strict=True
                )
            ),
            ("mean", decimals(seeds.mean_accuracy), decimals(seeds.mean_macro_f1)),
            *spread,
        ),
    )
