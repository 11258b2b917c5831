"""The kinds of job of this version."""

from __future__ import annotations

from collections.abc import Sequence

from tunix_rt.db.session import Database
from tunix_rt.jobs.datasets.kind import Datasets
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.evaluations.kind import Evaluations
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.generations.kind import Generations
from tunix_rt.jobs.runs.kind import Runs, cluster_runs
from tunix_rt.jobs.runs.runner import Probe
from tunix_rt.jobs.worker import JobKind
from tunix_rt.settings import Settings


def kinds_of(
    database: Database, settings: Settings, dry_runs: DryRuns | None = None, tunix: Probe | None = None
) -> Sequence[JobKind]:
    """Returns the kinds of job for a worker.

    Args:
        dry_runs: the kind of dry runs, if it is shared with another component.
        tunix: reports whether this machine can train; None if it can.
    """
    runs: list[JobKind] = [Runs(settings, tunix), *cluster_runs(database, settings)]
    answers: list[JobKind] = [Generations(settings), Evaluations(settings)]
    return [Datasets(settings), Exports(settings), *runs, *answers, dry_runs or DryRuns(database, settings)]
