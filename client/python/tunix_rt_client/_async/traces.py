"""Collections of traces, and the operations on all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunix_rt_client._async.datasets import AsyncDataset, new_dataset
from tunix_rt_client._async.exports import AsyncExport, export_to
from tunix_rt_client._async.trace_rows import AsyncTraceRows
from tunix_rt_client._generated.documents import COUNT_TRACES, DELETE_TRACES, SCORE_TRACES, TRACES_PAGE
from tunix_rt_client._generated.records import FailedScoring
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.errors import BadInput
from tunix_rt_client.inputs import input_fields
from tunix_rt_client.progress import progress_bar
from tunix_rt_client.records import ScoringReport, as_record


@checks_arguments
class AsyncTraces(AsyncTraceRows):
    """Traces that match a filter, in an order."""

    page_document = TRACES_PAGE
    count_document = COUNT_TRACES

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["traces"]
        return found

    async def score(self, scorer: str = "baseline", *, only_missing: bool = False) -> ScoringReport:
        """Scores all of the traces, with progress.

        Args:
            scorer: a scorer of the server; ``client.scorers()`` lists them.
            only_missing: whether to leave out traces that its current version has scored.

        Raises:
            BadInput: there is no such scorer, or the collection has a limit, which the mutation cannot express.
        """
        self.require_whole("score")
        report, after = ScoringReport(), None
        with progress_bar(await self.__alen__(), "trace", scorer) as bar:
            while True:
                given = {"scorer": scorer, "where": self.where(), "onlyMissing": only_missing, "after": after}
                payload = await self.connection.mutate(SCORE_TRACES, "scoreTraces", given, repeatable=only_missing)
                report.scored += payload["scoredCount"] or 0
                report.skipped += payload["skippedCount"]
                report.unscored += payload["unscoredCount"]
                report.failed += payload["failedCount"]
                report.failures += [as_record(found, FailedScoring) for found in payload["failures"]]
                bar.n = report.scored + report.skipped + report.unscored + report.failed
                bar.refresh()
                after = payload["lastId"]
                if not payload["remainingCount"] or after is None:
                    return report

    async def export(
        self, path: str | Path, *, format: str = "TRACE", container: str | None = None, **options: Any
    ) -> AsyncExport:
        """Writes the traces to a file on the server, downloads it, and checks its SHA-256.

        Args:
            path: the file to write; its suffix names the container, such as ``.jsonl``, ``.csv`` or ``.parquet``.
            format: the schema's ``ExportFormat``.
            container: the schema's ``ExportContainer``, when the suffix does not name it.
            options: further fields of ``StartExportInput`` in Python's spelling: ``include_scores=True``.

        Raises:
            BadInput: the collection has a limit, or an option is invalid.
        """
        self.require_whole("export")
        selected = {"where": self.where(), "orderBy": self.variables.get("orderBy"), "format": format}
        return await export_to(self.connection, path, selected, container, options)

    async def delete(self, *, expected_count: int | None = None) -> int:
        """Deletes the traces and returns their number.

        Args:
            expected_count: the number that must match, otherwise nothing is deleted; by default the current number.

        Raises:
            Conflict: another number of traces match.
            BadInput: the filter matches every trace, which the server refuses, or the collection has a limit.
        """
        self.require_whole("delete")
        expected = await self.__alen__() if expected_count is None else expected_count
        given = {"where": self.where(), "expectedCount": expected}
        payload = await self.connection.mutate(DELETE_TRACES, "deleteTraces", given)
        deleted: int = payload["deletedCount"]
        return deleted

    async def create_dataset(
        self, name: str, version: str, *, strategy: str | None = None, seed: int | None = None, **more: Any
    ) -> AsyncDataset:
        """Freezes the traces as a dataset.

        Args:
            strategy: ``LATEST`` (the default) or ``RANDOM``, which matters when the collection has a limit.
            more: further fields of ``CreateDatasetInput`` in Python's spelling.

        Raises:
            Conflict: the name and version are taken.
        """
        given = {"name": name, "version": version, "strategy": strategy, "seed": seed, "limit": self.limit}
        ordered = {"where": self.where(), "orderBy": self.variables.get("orderBy")}
        return await new_dataset(self.connection, {**ordered, **given, **input_fields(more)})

    def where(self) -> Mapping[str, Any]:
        """Returns the filter."""
        found: Mapping[str, Any] = self.variables.get("where") or {}
        return found

    def require_whole(self, verb: str) -> None:
        """Checks that the collection has no limit.

        Raises:
            BadInput: it has one.
        """
        if self.limit is not None:
            raise BadInput(
                f"A collection with a limit ({self.limit:,}) cannot be used to {verb}: use a filter without a limit.",
                code="BAD_USER_INPUT",
            )
