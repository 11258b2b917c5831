"""Transfers the original's rows and datasets in short transactions and skips those that are stored already."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunix_rt.db.bulk import chunks, insert_rows
from tunix_rt.db.identity import now
from tunix_rt.db.models import scores, tunix_runs
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.imports.importing import ImportReport, OnError
from tunix_rt.domain.runs.events import append_state
from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.domain.scores.storage import given_row
from tunix_rt.domain.traces.storage import add_new_traces
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput
from tunix_rt.integrations.original.datasets import DatasetFolders, transfer_datasets
from tunix_rt.integrations.original.identity import existing_in, stored_ids
from tunix_rt.integrations.original.rows import draft_of, run_of, score_of, uuid_of
from tunix_rt.integrations.original.source import Original

TRACES_AT_ONCE = 250
SCORES_AT_ONCE = 1000
RUNS_AT_ONCE = 100


@dataclass
class TransferReport:
    """Reports by kind so far; None for datasets if they were not requested."""

    traces: ImportReport = field(default_factory=ImportReport)
    scores: ImportReport = field(default_factory=ImportReport)
    datasets: ImportReport | None = None
    runs: ImportReport = field(default_factory=ImportReport)

    @property
    def reports(self) -> dict[str, ImportReport]:
        """The reports by the name of the kind."""
        kinds = {"traces": self.traces, "scores": self.scores, "datasets": self.datasets, "runs": self.runs}
        return {name: report for name, report in kinds.items() if report is not None}

    @property
    def stopped(self) -> bool:
        """True if the transfer stopped at a row that cannot be stored."""
        return any(report.stopped for report in self.reports.values())


Scored = tuple[uuid.UUID, uuid.UUID, GivenScore]
"""A score's id, its trace's id, and the score."""


async def transfer(
    database: Database,
    original: Original,
    max_bytes: int,
    on_error: OnError,
    progress: Callable[[int, TransferReport], None] = lambda _, __: None,
    brought: TransferReport | None = None,
    folders: DatasetFolders | None = None,
) -> TransferReport:
    """Transfers everything that is not stored yet: traces with their scores, then datasets, then runs.

    A trace whose content is stored under another id is not stored twice; its scores are added to that trace.

    Args:
        max_bytes: the largest trace, in bytes of its canonical JSON.
        progress: called after each batch with its number of traces or runs.
        brought: the report to update, for a caller that needs the counts after an error too.
        folders: the folders of the datasets; None to transfer none.

    Raises:
        BadUserInput: there is no such folder.
        Unavailable: a database became unavailable; stored rows stay, and a new transfer adds the rest.
    """
    brought = brought or TransferReport()
    async for page in original.traces(TRACES_AT_ONCE):
        await transfer_traces(database, original, page, max_bytes, on_error, brought)
        if brought.stopped:
            return brought
        progress(len(page), brought)
    await name_orphans(original, on_error, brought.scores)
    if folders and not brought.scores.stopped:
        brought.datasets = ImportReport()
        await transfer_datasets(database, original, folders, max_bytes, on_error, brought.datasets)
    if not any(report.stopped for report in brought.reports.values()):
        await transfer_all_runs(database, original, on_error, progress, brought)
    return brought


async def transfer_all_runs(
    database: Database,
    original: Original,
    on_error: OnError,
    progress: Callable[[int, TransferReport], None],
    brought: TransferReport,
) -> None:
    """Stores the runs page by page, up to one that stops the transfer; ``progress`` is called as in ``transfer``."""
    async for page in original.runs(RUNS_AT_ONCE):
        await transfer_runs(database, page, on_error, brought.runs)
        if brought.runs.stopped:
            return
        progress(len(page), brought)


async def transfer_traces(
    database: Database,
    original: Original,
    page: list[dict[str, Any]],
    max_bytes: int,
    on_error: OnError,
    brought: TransferReport,
) -> None:
    """Stores some traces and their scores in one transaction; stores none if an invalid one stops the transfer."""
    drafts: dict[Any, TraceDraft] = await asyncio.to_thread(
        read_rows, page, "id", "trace", lambda row: draft_of(row, max_bytes), brought.traces
    )
    found = await original.scores_of(list(drafts))
    given: dict[Any, Scored] = await asyncio.to_thread(
        read_rows, found, "id", "score", lambda row: convert_score(row, drafts), brought.scores
    )
    if on_error is OnError.STOP and (brought.traces.rejected or brought.scores.rejected):
        brought.traces.stopped = True
        return
    async with database.write() as session:
        added = await add_new_traces(session, list(drafts.values()))
        new_scores = await add_scores(session, list(drafts.values()), list(given.values()))
    brought.traces.added += len(added.rows)
    brought.traces.duplicates += added.duplicates
    brought.scores.added += new_scores
    brought.scores.duplicates += len(given) - new_scores


async def name_orphans(original: Original, on_error: OnError, report: ImportReport) -> None:
    """Refuses each score whose trace was deleted: the original's SQLite does not delete scores with their trace."""
    async for page in original.orphan_scores(SCORES_AT_ONCE):
        for row in page:
            report.lines += 1
            error = BadUserInput(f"Its trace {row['trace_id']} is not in the original database.", ["trace_id"])
            report.refuse(report.lines, error, f"score {row['id']}")
        report.stopped = on_error is OnError.STOP


def read_rows(
    rows: Sequence[dict[str, Any]], key: str, kind: str, read: Callable[[dict[str, Any]], Any], report: ImportReport
) -> dict[Any, Any]:
    """Returns the valid rows by their original ids and records the errors of the others."""
    found: dict[Any, Any] = {}
    for row in rows:
        report.lines += 1
        try:
            found[row[key]] = read(row)
        except BadUserInput as error:
            report.refuse(report.lines, error, f"{kind} {row[key]}")
    return found


def convert_score(row: dict[str, Any], drafts: dict[Any, TraceDraft]) -> Scored:
    """Returns a row's score, with the id of its trace."""
    owner = drafts[row["trace_id"]].id
    if owner is None:
        raise BadUserInput("The score has no trace.", ["trace_id"])
    return uuid_of(row["id"]), owner, score_of(row)


async def add_scores(session: Session, drafts: Sequence[TraceDraft], given: Sequence[Scored]) -> int:
    """Stores the scores whose ids are not stored yet and returns their number."""
    known = await existing_in(session, scores, (score_id for score_id, _, _ in given))
    new = [score for score in given if score[0] not in known]
    owners = await stored_ids(session, drafts, {trace_id for _, trace_id, _ in new})
    at = now()
    rows = [given_row(owners[trace_id], score, at) | {"id": score_id} for score_id, trace_id, score in new]
    for part in chunks(rows):
        await insert_rows(session, scores, part)
    return len(rows)


async def transfer_runs(
    database: Database, page: list[dict[str, Any]], on_error: OnError, report: ImportReport
) -> None:
    """Stores some runs, each with an event for its state."""
    at = now()
    rows = read_rows(page, "run_id", "run", lambda row: run_of(row, at), report)
    if on_error is OnError.STOP and report.rejected:
        report.stopped = True
        return
    async with database.write() as session:
        known = await existing_in(session, tunix_runs, (row["id"] for row in rows.values()))
        new = [row for row in rows.values() if row["id"] not in known]
        if new:
            await insert_rows(session, tunix_runs, new)
        for row in new:
            await append_state(session, row["id"], row["completed_at"], row["error_message"])
    report.added += len(new)
    report.duplicates += len(rows) - len(new)
