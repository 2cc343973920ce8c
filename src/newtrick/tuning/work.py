"""A study worked off: trials ─► the best recipe, and what it is worth.

Any number of processes may work on one study; the last that has nothing left to try ends it.
"""

from __future__ import annotations

from filelock import FileLock, Timeout

from newtrick.cluster.workers import Workers
from newtrick.errors import Interrupted, StorageError
from newtrick.progress import Watcher
from newtrick.tuning.ending import end_study
from newtrick.tuning.folder import resume_study_command
from newtrick.tuning.outcome import StudyOutcome
from newtrick.tuning.search import search
from newtrick.tuning.study import Study
from newtrick.tuning.together import search_together


def work(study: Study, watcher: Watcher, workers: Workers | None = None) -> StudyOutcome | None:
    """Run trials until there is nothing left to try, then compare the best with the start.

    Args:
        study: Begun or reopened.
        watcher: Sees it as it goes.
        workers: Who runs the trials; by default this process.

    Returns:
        None where another process still works: it ends the study.

    Raises:
        Interrupted: As asked by a signal; the study can be gone on with.
        ClusterError: Workers died again and again, whatever they tried.
    """
    stages = [stage.name for stage in study.begun.plan.stages]
    try:
        if workers is not None:
            search_together(study, workers, watcher)
        search(study, watcher)
        while not study.ledger.close(stages):
            if study.ledger.is_at_work(stages):
                return None
            search(study, watcher)  # the other process left its trial
        return _ended(study, watcher)
    except (Interrupted, StorageError) as error:
        again = f"to go on: {resume_study_command(study.begun.folder)}"
        is_ours = isinstance(error, Interrupted) or error.fix is None
        error.fix = again if is_ours else f"{error.fix}; {again}"
        raise


def _ended(study: Study, watcher: Watcher) -> StudyOutcome | None:
    """The outcome, where no other process is about to write it."""
    lock = FileLock(study.begun.folder.ending)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    try:
        return end_study(study.begun, study.dataset, study.ledger, study.accept, watcher)
    finally:
        lock.release()
