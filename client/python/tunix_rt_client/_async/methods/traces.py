"""Traces and their scores, as the client reads and stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunix_rt_client._async.imports import AUTO, add_scores, delete_scores, import_file, import_rows
from tunix_rt_client._async.methods.base import AsyncMethods
from tunix_rt_client._async.traces import AsyncTraces
from tunix_rt_client._generated.documents import GET_TRACE, SCORERS
from tunix_rt_client._generated.records import ScorerFields
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.errors import NotFound
from tunix_rt_client.inputs import Order, order_by_of, trace_reference
from tunix_rt_client.records import Trace, as_record
from tunix_rt_client.reports import ImportReport
from tunix_rt_client.sources import Columns


@checks_arguments
class AsyncTraceMethods(AsyncMethods):
    """Traces and their scores."""

    def traces(
        self, where: Mapping[str, Any] | None = None, order_by: Order = None, fields: Sequence[str] | None = None
    ) -> AsyncTraces:
        """Returns the traces that a filter matches; nothing is read yet.

        Args:
            where: a ``TraceWhere`` of the schema: ``{"source": {"eq": "gsm8k"}, "stepCount": {"gte": 3}}``.
            order_by: field names of the schema, descending with a minus: ``"-charCount"``.
            fields: the columns of rows and tables, which alone are read: ``["prompt", "score.answer_match"]``.
        """
        found = AsyncTraces(self.connection, {"where": where, "orderBy": order_by_of(order_by)})
        return found if fields is None else found.select(fields)

    async def trace(self, id: str | tuple[str, str]) -> Trace:
        """Returns a trace by its id or UUID, or by its source and external id: ``("gsm8k", "7")``.

        Raises:
            NotFound: there is none.
            Conflict: several traces have this source and external id.
        """
        given = trace_reference(id)
        data = await self.connection.execute(GET_TRACE, given)
        if data["trace"] is None:
            raise NotFound(f"There is no trace {' '.join(given.values())!r}.", code="NOT_FOUND")
        return as_record(data["trace"], Trace)

    async def import_traces(
        self,
        source: Any,
        format: str = AUTO,
        *,
        map: Columns | None = None,
        on_error: str = "skip",
        set: Mapping[str, str] | None = None,
    ) -> ImportReport:
        """Streams traces to the server, with progress.

        Args:
            source: a list of dicts, a data frame, a dataset of Hugging Face's library, or the path of a file.
            format: an import format of the server. ``auto`` takes rows as native traces, whose steps may be strings,
                and goes by the suffix of a file.
            map: the column of each field of a trace, for rows and tables: ``{"prompt": "question", ...}``; ``meta`` may
                list the columns of the metadata, so that others are left out.
            on_error: ``skip`` stores what is valid and reports the rest; ``stop`` raises at the first invalid line.
            set: values for all traces: ``{"source": "mine", "meta.split": "train"}``.

        Raises:
            BadInput: the source is invalid as a whole, or ``on_error`` is ``stop`` and a line is invalid.
        """
        parameters = {"on_error": on_error, "set": [f"{name}:{value}" for name, value in (set or {}).items()]}
        if isinstance(source, (str, Path)):
            return await import_file(self.connection, Path(source), format, map, parameters)
        return await import_rows(self.connection, source, format, map, parameters)

    async def add_scores(self, source: Any, scorer: str, *, kind: str = "MODEL", version: str = "1") -> int:
        """Stores scores of a grader outside the server and returns their number.

        Args:
            source: rows with ``score`` and either ``id``, ``content_hash``, or ``source`` and ``external_id``; optional
                are ``step_index``, ``scorer_version``, ``rationale`` and ``details``.
            kind: ``MODEL`` or ``HUMAN``.
            version: the scorer's version in rows without ``scorer_version``.
        """
        return await add_scores(self.connection, source, scorer, kind, version)

    async def delete_scores(self, scores: Iterable[str]) -> int:
        """Deletes scores that people gave by mistake, and returns their number; those deleted before do not count.

        Args:
            scores: ids or UUIDs of scores of the kind ``HUMAN``.

        Raises:
            BadInput: a score is of another kind.
            Forbidden: a score was given with another API key, and the key of this client lacks the scope ADMIN.
        """
        return await delete_scores(self.connection, scores)

    async def scorers(self) -> list[ScorerFields]:
        """Returns the scorers of the server: name, version, description, range."""
        data = await self.connection.execute(SCORERS)
        return [as_record(found, ScorerFields) for found in data["scorers"]]
