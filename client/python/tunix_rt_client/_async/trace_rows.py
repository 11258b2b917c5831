"""Traces as rows and tables, whether of a filter or of a dataset."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tunix_rt_client._async.collection import AsyncCollection
from tunix_rt_client._generated.documents import COUNT_DATASET_TRACES, DATASET_TRACES_PAGE
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.records import Trace, as_record
from tunix_rt_client.rows import COLUMNS, lean_document, node_row
from tunix_rt_client.tables import to_arrow, to_dataframe, to_hugging_face

if TYPE_CHECKING:
    import datasets
    import pandas
    import pyarrow


Table = TypeVar("Table", bound="AsyncTraceRows")


@checks_arguments
class AsyncTraceRows(AsyncCollection[Trace]):
    """A collection of traces that can be converted to tables.

    Iteration yields whole traces; rows and tables read only the columns that they have.
    """

    fields: Sequence[str] | None = None
    """The columns of rows and tables for which none are named; None for all of them."""

    def record_of(self, node: dict[str, Any]) -> Trace:
        """Returns the trace of one node."""
        return as_record(node, Trace)

    def select(self: Table, fields: Sequence[str]) -> Table:
        """Returns the same collection with those columns for its rows and tables: ``["prompt", "score.baseline"]``.

        Raises:
            BadInput: a column is unknown, or there is none.
        """
        lean_document(self.page_document, fields)
        found = self._with_limit(self.limit)
        found.fields = fields
        return found

    def _with_limit(self: Table, limit: int | None) -> Table:
        """Returns the same collection with another limit."""
        found = super()._with_limit(limit)
        found.fields = self.fields
        return found

    async def iter_rows(self, fields: Sequence[str] | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yields the traces as flat rows, with a column for each scorer's latest score of the whole trace.

        Args:
            fields: the columns, which alone are read; by default those of ``select``, else all of them.

        Raises:
            BadInput: a column is unknown, or there is none.
        """
        chosen = self.fields if fields is None else fields
        async for node in self.nodes(lean_document(self.page_document, chosen)):
            yield node_row(node, chosen)

    async def rows(self, fields: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Returns the rows of ``iter_rows`` as a list."""
        return [row async for row in self.iter_rows(fields)]

    async def to_pandas(self, fields: Sequence[str] | None = None) -> pandas.DataFrame:
        """Returns the traces as a data frame: a row a trace, a column ``score.NAME`` for each scorer."""
        return to_dataframe(await self.rows(fields), fields or self.fields or COLUMNS)

    async def to_arrow(self, fields: Sequence[str] | None = None) -> pyarrow.Table:
        """Returns the traces as an Arrow table, with the columns of ``to_pandas``."""
        return to_arrow(await self.rows(fields), fields or self.fields or COLUMNS)

    async def to_hf(self, fields: Sequence[str] | None = None) -> datasets.Dataset:
        """Returns the traces as a dataset of Hugging Face's library, with the columns of ``to_pandas``."""
        return to_hugging_face(await self.rows(fields), fields or self.fields or COLUMNS)


class AsyncMembers(AsyncTraceRows):
    """The traces of a dataset."""

    page_document = DATASET_TRACES_PAGE
    count_document = COUNT_DATASET_TRACES

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["dataset"]["traces"]
        return found
