"""Every kind of long work that this version knows."""

from __future__ import annotations

from collections.abc import Sequence

from tunix_rt.db.session import Database
from tunix_rt.jobs.datasets.kind import Datasets
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.worker import JobKind
from tunix_rt.settings import Settings


def kinds_of(database: Database, settings: Settings, dry_runs: DryRuns | None = None) -> Sequence[JobKind]:
    """The kinds of work, for a worker.

    Args:
        dry_runs: what does dry runs, where something else uses it too.
    """
    return [Datasets(settings), Exports(settings), Runs(settings), dry_runs or DryRuns(database, settings)]
