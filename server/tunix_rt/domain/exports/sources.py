"""Sources of exports: a dataset's members, given traces, or the traces that a filter selects, read in short pages.

A page holds a few megabytes: its number of rows follows from the size of the previous rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Integer, bindparam, func, select

from tunix_rt.db.columns import uuid_column
from tunix_rt.db.membership import among_parameter, id_list
from tunix_rt.db.models import dataset_traces, traces
from tunix_rt.db.paging import SortOrder, Term, pack, unpack
from tunix_rt.db.session import Session
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.exports.formats import StoredTrace
from tunix_rt.domain.exports.packed_pages import COLUMNS, PackedQuery
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import BadCursor


class OfDataset(msgspec.Struct, tag="dataset", frozen=True):
    """The members of a dataset, in the dataset's order."""

    dataset_id: uuid.UUID


class OfTraces(msgspec.Struct, tag="traces", frozen=True):
    """Given traces, in the order given, duplicates included."""

    ids: tuple[uuid.UUID, ...]


class OfSelection(msgspec.Struct, tag="selection", frozen=True):
    """The traces that a filter selects, in the selection's order."""

    selection: TraceSelection


Source: TypeAlias = OfDataset | OfTraces | OfSelection


@dataclass(frozen=True)
class TracePage:
    """A page of a source's traces, in order.

    Args:
        missing: the number of traces of this page that were deleted.
        position: the position at which the next page starts; None at the end.
    """

    traces: Sequence[StoredTrace]
    missing: int
    position: Any

    @property
    def chars(self) -> int:
        """The size of the traces."""
        return sum(len(trace.payload) for trace in self.traces)


class Reader(Protocol):
    """Reads a source page by page, each page in one short, independent read."""

    async def count(self, session: Session) -> int:
        """Returns the expected number of traces, including deleted ones."""

    async def page(self, session: Session, position: Any, rows: int) -> TracePage:
        """Returns a page of at most ``rows`` traces from a position on; None is the start.

        Raises:
            NotFound: the source was deleted.
        """


def reader_of(source: Source) -> Reader:
    """Returns the reader of a source."""
    if isinstance(source, OfDataset):
        return Members(source.dataset_id)
    if isinstance(source, OfTraces):
        return Given(source.ids)
    return Selected(source.selection)


IN_A_DATASET = SortOrder((Term(dataset_traces.c.position, descending=False),))
BY_ID = SortOrder((Term(traces.c.id, descending=False),))


ROWS = bindparam("rows", type_=Integer())


@cache
def members_query(kind: str) -> PackedQuery:
    """Returns the query of a page of a dataset's members after a position."""
    query = (
        select(*COLUMNS, dataset_traces.c.position)
        .select_from(dataset_traces)
        .outerjoin(traces, traces.c.id == dataset_traces.c.trace_id)
        .where(dataset_traces.c.dataset_id == bindparam("dataset", type_=uuid_column()))
        .where(IN_A_DATASET.beyond_parameters(backward=False))
        .order_by(dataset_traces.c.position)
    )
    return PackedQuery(query.limit(ROWS), IN_A_DATASET, kind)


@cache
def given_query(kind: str) -> PackedQuery:
    """Returns the query of given traces, in any order."""
    query = select(*COLUMNS, traces.c.id.label("place")).where(among_parameter(traces.c.id, id_list("ids"), kind))
    return PackedQuery(query, BY_ID, kind)


def pack_position(position: Any) -> Any:
    """Returns the position of a page as a JSON value."""
    return [pack(value) for value in position] if isinstance(position, list) else position


def unpack_position(source: Source, value: Any) -> Any:
    """Returns the position of a page of a source that ``pack_position`` has packed.

    Raises:
        BadCursor: it is not that of such a source.
    """
    if value is None:
        return None
    if isinstance(source, OfTraces):
        valid = type(value) is int and 0 <= value <= len(source.ids)
        terms: Sequence[Term] = ()
    else:
        terms = (IN_A_DATASET if isinstance(source, OfDataset) else source.selection.total_order()).terms
        valid = isinstance(value, list) and len(value) == len(terms)
    if not valid:
        raise BadCursor("The position is not that of a page of this source.", ["position"])
    return [unpack(part, term) for part, term in zip(value, terms, strict=True)] if terms else value


@dataclass(frozen=True)
class Members:
    """Reads the members of a dataset; the position is the last read member's."""

    dataset_id: uuid.UUID

    async def count(self, session: Session) -> int:
        """Returns the number of members that the dataset was built with.

        Raises:
            NotFound: there is no such dataset, or no longer.
            Conflict: it is not completed.
        """
        count: int = (await completed_dataset(session, self.dataset_id, ["datasetId"])).trace_count
        return count

    async def page(self, session: Session, position: Any, rows: int) -> TracePage:
        """Returns a page, see ``Reader.page``; raises as ``count``: a deleted dataset must not seem to end here."""
        given = {"dataset": self.dataset_id, "after_0": -1 if position is None else position[0], "rows": rows}
        found = await members_query(session.dialect.name).page(session, **given)
        if found.rows < rows:
            await self.count(session)
        return TracePage(found.traces, found.rows - len(found.traces), found.position if found.rows == rows else None)


@dataclass(frozen=True)
class Given:
    """Reads given traces; a position is the number of traces read."""

    ids: Sequence[uuid.UUID]

    async def count(self, session: Session) -> int:
        """Returns the number of given traces."""
        return len(self.ids)

    async def page(self, session: Session, position: Any, rows: int) -> TracePage:
        """Returns a page, see ``Reader.page``."""
        start = position or 0
        wanted = self.ids[start : start + rows]
        page = await given_query(session.dialect.name).page(session, ids=set(wanted))
        found = {trace.id: trace for trace in page.traces}
        there = [found[text] for text in map(str, wanted) if text in found]
        end = start + len(wanted)
        return TracePage(there, len(wanted) - len(there), end if end < len(self.ids) else None)


class Selected:
    """Reads the traces that a filter selects; a position holds the order's values of the last trace read."""

    def __init__(self, selection: TraceSelection) -> None:
        self._selection = selection
        self._order = selection.total_order()
        self._next: PackedQuery | None = None

    async def count(self, session: Session) -> int:
        """Returns the number of traces selected now."""
        query = select(func.count()).select_from(traces).where(*self._selection.conditions(session.dialect.name))
        return (await session.execute(query)).scalar_one()

    async def page(self, session: Session, position: Any, rows: int) -> TracePage:
        """Returns a page, see ``Reader.page``; a deleted trace is no longer selected, so none is missing."""
        kind, order = session.dialect.name, self._order
        if position is None:
            found = await self._query(kind).page(session, rows=rows)
        elif order.uniform:
            if self._next is None:
                self._next = self._query(kind, order.beyond_parameters(backward=False))
            after = {f"after_{number}": value for number, value in enumerate(position)}
            found = await self._next.page(session, rows=rows, **after)
        else:
            found = await self._query(kind, order.beyond(position)).page(session, rows=rows)
        return TracePage(found.traces, 0, found.position if found.rows == rows else None)

    def _query(self, kind: str, *beyond: ColumnElement[bool]) -> PackedQuery:
        positions = [column.label(f"place_{number}") for number, column in enumerate(self._order.columns)]
        query = select(*COLUMNS, *positions).where(*self._selection.conditions(kind), *beyond)
        return PackedQuery(query.order_by(*self._order.clauses()).limit(ROWS), self._order, kind)
