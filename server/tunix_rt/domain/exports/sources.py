"""What an export is made of: a dataset's members, given traces, or what a filter selects; read in short pages.

However much there is, a page holds a few megabytes at a time: its rows follow from the size of those read before.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import msgspec
from sqlalchemy import func, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import dataset_traces, datasets, traces
from tunix_rt.db.session import Session
from tunix_rt.domain.rendering import StoredTrace
from tunix_rt.domain.selection import Selection
from tunix_rt.errors import NotFound

COLUMNS = tuple(traces.c[name] for name in StoredTrace._fields)
"""What rendering needs of a trace."""


class OfDataset(msgspec.Struct, tag="dataset", frozen=True):
    """The members of a dataset, in its order."""

    dataset_id: uuid.UUID


class OfTraces(msgspec.Struct, tag="traces", frozen=True):
    """Given traces, in the order given; one that is given twice is exported twice."""

    ids: tuple[uuid.UUID, ...]


class OfSelection(msgspec.Struct, tag="selection", frozen=True):
    """What a filter selects, in its order."""

    selection: Selection


Source: TypeAlias = OfDataset | OfTraces | OfSelection


@dataclass(frozen=True)
class Page:
    """Some traces of a source, in order.

    Args:
        missing: how many that belong here were deleted.
        place: where the next page starts; None at the end.
    """

    traces: Sequence[StoredTrace]
    missing: int
    place: Any


class Reader(Protocol):
    """Reads a source page by page; each page is one short read, and knows nothing of those before."""

    async def count(self, session: Session) -> int:
        """How many traces there are to be, deleted ones included."""

    async def page(self, session: Session, place: Any, rows: int) -> Page:
        """The page of at most so many rows that starts at a place; the first at None.

        Raises:
            NotFound: the source itself is gone.
        """


def reader_of(source: Source) -> Reader:
    """What reads a source."""
    if isinstance(source, OfDataset):
        return Members(source.dataset_id)
    if isinstance(source, OfTraces):
        return Given(source.ids)
    return Selected(source.selection)


@dataclass(frozen=True)
class Members:
    """Reads the members of a dataset; the place is the last position read."""

    dataset_id: uuid.UUID

    async def count(self, session: Session) -> int:
        """How many members it was built with.

        Raises:
            NotFound: if there is no such dataset (any more).
        """
        query = select(datasets.c.trace_count).where(datasets.c.id == self.dataset_id)
        count: int | None = (await session.execute(query)).scalar()
        if count is None:
            raise NotFound(f"The dataset {self.dataset_id} does not exist (any more).", ["datasetId"])
        return count

    async def page(self, session: Session, place: Any, rows: int) -> Page:
        """As ``Reader.page``; raises as ``count`` does: the members of a deleted dataset would just seem to end."""
        query = (
            select(*COLUMNS, dataset_traces.c.position)
            .select_from(dataset_traces)
            .outerjoin(traces, traces.c.id == dataset_traces.c.trace_id)
            .where(dataset_traces.c.dataset_id == self.dataset_id)
            .order_by(dataset_traces.c.position)
            .limit(rows)
        )
        if place is not None:
            query = query.where(dataset_traces.c.position > place)
        found = (await session.execute(query)).all()
        there = [stored_trace(row) for row in found if row[0] is not None]
        if len(found) < rows:
            await self.count(session)
        return Page(there, len(found) - len(there), found[-1][-1] if len(found) == rows else None)


@dataclass(frozen=True)
class Given:
    """Reads given traces; the place is how many were read."""

    ids: Sequence[uuid.UUID]

    async def count(self, session: Session) -> int:
        """How many were given."""
        return len(self.ids)

    async def page(self, session: Session, place: Any, rows: int) -> Page:
        """As ``Reader.page``."""
        start = place or 0
        wanted = self.ids[start : start + rows]
        query = select(*COLUMNS).where(among(traces.c.id, set(wanted), session.dialect.name))
        found = {row[0]: stored_trace(row) for row in await session.execute(query)}
        there = [found[value] for value in wanted if value in found]
        end = start + len(wanted)
        return Page(there, len(wanted) - len(there), end if end < len(self.ids) else None)


@dataclass(frozen=True)
class Selected:
    """Reads what a filter selects; the place is the order's values of the last trace read."""

    selection: Selection

    async def count(self, session: Session) -> int:
        """How many are selected now."""
        query = select(func.count()).select_from(traces).where(*self.selection.conditions(session.dialect.name))
        return (await session.execute(query)).scalar_one()

    async def page(self, session: Session, place: Any, rows: int) -> Page:
        """As ``Reader.page``; a trace that was deleted is selected no more, so none is missing."""
        order = self.selection.total_order()
        query = (
            select(*COLUMNS, *order.columns)
            .where(*self.selection.conditions(session.dialect.name))
            .order_by(*order.clauses())
            .limit(rows)
        )
        if place is not None:
            query = query.where(order.beyond(place))
        found = (await session.execute(query)).all()
        after = found[-1][len(COLUMNS) :] if len(found) == rows else None
        return Page([stored_trace(row) for row in found], 0, after)


def stored_trace(row: Sequence[Any]) -> StoredTrace:
    """The trace of a row that begins with ``COLUMNS``."""
    return StoredTrace._make(row[: len(COLUMNS)])
