"""The end of a study: the best recipe, what it is worth, and the report."""

from __future__ import annotations

import logging
from collections.abc import Collection

from optuna.trial import FrozenTrial, TrialState

from newtrick.data.dataset import Dataset
from newtrick.errors import NewtrickError, TrainingBrokeDown, TrainingLost
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.storage import write_file
from newtrick.tuning.choosing import seconds_of
from newtrick.tuning.figure import Figure
from newtrick.tuning.final import compare_recipes
from newtrick.tuning.folder import Begun, space_inputs
from newtrick.tuning.importance import importance_of
from newtrick.tuning.ledger import FAULT, PERCENT, Ledger, trial_name
from newtrick.tuning.luck import is_enough, optimism
from newtrick.tuning.outcome import Comparison, EndedBy, StudyOutcome, TrialLine
from newtrick.tuning.page import publish_study
from newtrick.tuning.plan import Stage
from newtrick.tuning.space import settings_of
from newtrick.tuning.standing import done, finished, merits_of
from newtrick.tuning.trial import recipe_at

logger = logging.getLogger("newtrick")


def end_study(
    begun: Begun, dataset: Dataset, ledger: Ledger, accept: Collection[str], watcher: Watcher
) -> StudyOutcome:
    """Pick the best recipe, compare it with the start, and write it all down; once.

    Raises:
        NewtrickError: No trial did its whole training.
        Interrupted: The comparison can be gone on with.
    """
    folder = begun.folder
    if folder.outcome.is_file():
        logger.info("The study is done already.")
        return StudyOutcome.model_validate_json(folder.outcome.read_text("utf-8"))
    stage, best = _best(begun, ledger)
    recipe = recipe_at(begun.recipe, best.params, begun.plan.pace.rows)
    write_file(folder.best, recipe.to_toml())
    outcome = _found(begun, dataset, ledger, stage, best)
    outcome = outcome.model_copy(update=_worth(begun, recipe, outcome, accept, watcher))
    watcher.stage("Writing the report")
    publish_study(outcome, folder)
    write_file(folder.outcome, outcome.to_json() + "\n")
    return outcome


def _best(begun: Begun, ledger: Ledger) -> tuple[Stage, FrozenTrial]:
    """The best trial on all rows; where none came to its end there, of the screening."""
    figure = Figure(begun.recipe.training.best_by)
    for stage in reversed(begun.plan.stages):
        if whole := done(ledger.trials(stage.name), figure):
            return stage, whole[0]
    trials = [trial for stage in begun.plan.stages for trial in ledger.trials(stage.name)]
    raise NewtrickError(
        "No trial came to its end.",
        where=begun.folder.path,
        details=[f"trial {t.number}: {t.user_attrs.get(FAULT, 'given up')}" for t in trials],
        fix="look at the faults; a study with a lower learning rate may do better",
    )


def _found(
    begun: Begun, dataset: Dataset, ledger: Ledger, stage: Stage, best: FrozenTrial
) -> StudyOutcome:
    """What the trials say."""
    figure = Figure(begun.recipe.training.best_by)
    trials = finished(ledger.trials(stage.name))
    merits = [each for each in merits_of(begun.folder, stage.name, trials) if each is not None]
    lines = tuple(
        _line(each, trial)
        for each in begun.plan.stages
        for trial in finished(ledger.trials(each.name))
    )
    own = settings_of(begun.recipe)
    start = {key: own[key] for key in begun.space.settings}
    started = [trial for trial in done(trials, figure) if trial.params == start]
    return StudyOutcome(
        figure=figure.name,
        data=dataset.name,
        model=begun.recipe.model.name,
        budget=begun.plan.budget,
        stages=begun.plan.stages,
        ended_by=_ended_by(begun, ledger),
        minutes=sum(line.seconds for line in lines) / 60,
        trials=lines,
        best=trial_name(stage.name, best.number),
        best_value=best.values[0],
        start_value=started[0].value if started else None,
        space=dict(space_inputs(begun.space)),
        start=start,
        changes={key: value for key, value in best.params.items() if value != start[key]},
        optimism=optimism(merits) if len(merits) > 1 else None,
        importance=importance_of(ledger.study(stage.name)),
    )


def _worth(
    begun: Begun,
    recipe: Recipe,
    outcome: StudyOutcome,
    accept: Collection[str],
    watcher: Watcher,
) -> dict[str, Comparison | str]:
    """The comparison on the test rows, where there are two recipes to compare."""
    if not outcome.changes:
        return {}
    figure = Figure(outcome.figure)
    try:
        compared = compare_recipes(
            begun.folder, begun.recipe, recipe, figure, accept=accept, watcher=watcher
        )
    except (TrainingLost, TrainingBrokeDown) as error:
        return {"lost": "; ".join((error.what, *error.details))}
    return {"comparison": compared}


def _line(stage: Stage, trial: FrozenTrial) -> TrialLine:
    fault = trial.user_attrs.get(FAULT)
    done_whole = trial.state == TrialState.COMPLETE
    return TrialLine(
        name=trial_name(stage.name, trial.number),
        stage=stage.name,
        status="done" if done_whole else "given_up" if fault is None else "failed",
        settings=trial.params,
        value=trial.values[0] if trial.values else None,
        share=max(trial.intermediate_values, default=0) / PERCENT,
        seconds=seconds_of(trial),
        fault=fault,
    )


def _ended_by(begun: Begun, ledger: Ledger) -> EndedBy:
    stage = begun.plan.stages[-1]
    trials = finished(ledger.trials(stage.name))
    if stage.trials is not None and len(trials) >= stage.trials:
        return "trials"
    merits = merits_of(begun.folder, stage.name, trials)
    return "no_further_gain" if is_enough(merits) else "minutes"
