"""Prepares a batch of an import: its lines are read, checked, hashed and split into words.

This module imports no database, as ``preparation_process`` needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tunix_rt.domain.imports.importing import ImportReport, RecordProgram, read_batch
from tunix_rt.domain.traces.prepared import PreparedTraces, prepare_traces
from tunix_rt.domain.traces.trace import TraceDraft


class PreparedBatch(msgspec.Struct, array_like=True):
    """The traces of a batch, and the report of its lines, whose number includes all lines before it."""

    traces: PreparedTraces
    report: ImportReport


class PreparationOrder(msgspec.Struct, array_like=True):
    """The first frame to a process: the reading of lines, and the kind of the database."""

    program: RecordProgram
    kind: str


class LinesToPrepare(msgspec.Struct, array_like=True):
    """Lines to be prepared.

    Args:
        before: the number of lines before them.
    """

    before: int
    lines: list[bytes]


def prepare_batch(
    batch: Sequence[Any], read: Callable[[Any, int], Sequence[TraceDraft]], before: int, kind: str
) -> PreparedBatch:
    """Returns a batch with its traces ready for a kind of database.

    Args:
        before: the number of lines before the batch.
    """
    report = ImportReport(lines=before)
    return PreparedBatch(prepare_traces(read_batch(batch, read, report), kind), report)
