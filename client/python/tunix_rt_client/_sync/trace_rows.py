# Generated from _async/trace_rows.py: edit that file, then run python client/python/codegen/generate.py.
"""Traces as rows and tables, whether of a filter or of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tunix_rt_client._sync.collection import Collection
from tunix_rt_client._generated.documents import COUNT_DATASET_TRACES, DATASET_TRACES_PAGE
from tunix_rt_client.records import Trace, as_record
from tunix_rt_client.rows import trace_row
from tunix_rt_client.tables import to_arrow, to_dataframe, to_hugging_face

if TYPE_CHECKING:
    import datasets
    import pandas
    import pyarrow


class TraceRows(Collection[Trace]):
    """A collection of traces that can be converted to tables."""

    def record_of(self, node: dict[str, Any]) -> Trace:
        """Returns the trace of one node."""
        return as_record(node, Trace)

    def rows(self, fields: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Returns the traces as flat rows, with a column for each scorer's latest score of the whole trace.

        Args:
            fields: the columns; by default all of them.
        """
        return [trace_row(trace, fields) for trace in self]

    def to_pandas(self, fields: Sequence[str] | None = None) -> pandas.DataFrame:
        """Returns the traces as a data frame: a row a trace, a column ``score.NAME`` for each scorer."""
        return to_dataframe(self.rows(fields))

    def to_arrow(self, fields: Sequence[str] | None = None) -> pyarrow.Table:
        """Returns the traces as an Arrow table, with the columns of ``to_pandas``."""
        return to_arrow(self.rows(fields))

    def to_hf(self, fields: Sequence[str] | None = None) -> datasets.Dataset:
        """Returns the traces as a dataset of Hugging Face's library, with the columns of ``to_pandas``."""
        return to_hugging_face(self.rows(fields))


class Members(TraceRows):
    """The traces of a dataset."""

    page_document = DATASET_TRACES_PAGE
    count_document = COUNT_DATASET_TRACES

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["dataset"]["traces"]
        return found
