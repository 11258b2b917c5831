"""Evaluations as a kind of job: starts their processes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement

from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.domain.evaluations.generating import GENERATED
from tunix_rt.domain.evaluations.lifecycle import EVALUATION_HISTORY
from tunix_rt.jobs.engines.local import ProcessEngine
from tunix_rt.jobs.process_kind import ProcessKind
from tunix_rt.settings import Settings


class Evaluations(ProcessKind):
    """The kind of job that compares candidates.

    Args:
        settings: the number of slots and the duration of a lease.
    """

    name = JobKindName.EVALUATION
    conditions: Sequence[ColumnElement[bool]] = (GENERATED,)

    def __init__(self, settings: Settings) -> None:
        engine = ProcessEngine("tunix_rt.jobs.evaluations.process", settings)
        super().__init__(EVALUATION_HISTORY, settings.evaluation_slots, engine, settings)
