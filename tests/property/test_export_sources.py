"""Sources of exports: every page size gives the same records on both databases, and none is lost or doubled."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from tests.property.conftest import Twins
from tests.support.factories import START
from tests.support.reference import in_order
from tests.support.strategies import TRACE_ORDER, TRACE_ROWS, bounded, orders, trace_predicates
from tunix_rt.db.identity import new_id
from tunix_rt.db.models import dataset_traces, datasets
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.formats import (
    ExportFormat,
    FormatOptions,
    StoredTrace,
    export_formats,
    get_export_format,
)
from tunix_rt.domain.exports.sources import Given, Members, Reader, Selected
from tunix_rt.domain.jobs.ledger import completed_job
from tunix_rt.domain.traces.selection import TraceSelection, pages

EVERYTHING = FormatOptions(round_trip=True)
IDS = [row["id"] for row in TRACE_ROWS]


async def read(database: Database, reader: Reader, size: int) -> tuple[list[StoredTrace], int]:
    """All traces of a source, page by page, and how many were missing."""
    found: list[StoredTrace] = []
    missing, place = 0, None
    while True:
        async with database.read() as session:
            page = await reader.page(session, place, size)
        assert len(page.traces) + page.missing <= size
        found += page.traces
        missing += page.missing
        if page.position is None:
            return found, missing
        place = page.position


async def read_by_both(twins: Twins, readers: Any, size: int) -> tuple[list[StoredTrace], int]:
    """Returns the records of both databases, which must be the same."""
    first, second = [await read(database, readers(), size) for database in twins.databases.values()]
    assert first == second
    return first


def stored(row: dict[str, Any]) -> StoredTrace:
    """A row as rendering gets it."""
    return StoredTrace(str(row["id"]), *(row[name] for name in StoredTrace._fields[1:]))


@bounded(60)
@given(terms=orders(TRACE_ORDER), size=st.integers(1, 70))
async def test_everything_comes_in_its_order(peopled: Twins, terms: list[tuple[str, bool]], size: int):
    selection = TraceSelection(order=tuple(terms))

    found, missing = await read_by_both(peopled, lambda: Selected(selection), size)

    assert found == [stored(row) for row in in_order(TRACE_ROWS, terms)]
    assert missing == 0


@bounded(80)
@given(where=trace_predicates(), terms=orders(TRACE_ORDER), size=st.integers(1, 70))
async def test_a_selection_is_what_pages_of_it_are(
    peopled: Twins, where: Any, terms: list[tuple[str, bool]], size: int
):
    selection = TraceSelection(where, tuple(terms))
    found, _ = await read_by_both(peopled, lambda: Selected(selection), size)

    (database, *_) = peopled.databases.values()
    wanted = [str(uuid.UUID(row[0])) async for page in pages(database, selection) for row in page]
    assert [trace.id for trace in found] == wanted


@bounded(60)
@given(ids=st.lists(st.sampled_from(IDS) | st.uuids(), min_size=1, max_size=80), size=st.integers(1, 90))
async def test_given_traces_come_as_they_are_given(peopled: Twins, ids: list[uuid.UUID], size: int):
    found, missing = await read_by_both(peopled, lambda: Given(ids), size)

    rows = {row["id"]: row for row in TRACE_ROWS}
    assert found == [stored(rows[identity]) for identity in ids if identity in rows]
    assert missing == sum(identity not in rows for identity in ids)


@bounded(60)
@given(ids=st.lists(st.sampled_from(IDS) | st.uuids(), min_size=1, max_size=80), size=st.integers(1, 90))
async def test_members_come_in_their_order_and_deleted_ones_are_counted(
    peopled: Twins, ids: list[uuid.UUID], size: int
):
    dataset_id = new_id()
    about: dict[str, Any] = {"id": dataset_id, "key": "k", "name": "k", "version": "1", "build_id": new_id()}
    whole = {"trace_count": len(ids), "sha256": "0" * 64, "recipe": {}, "stats": {}} | completed_job(START)
    members = [
        {"dataset_id": dataset_id, "position": 2 * place, "trace_id": identity, "content_hash": b"", "prompt_hash": b""}
        for place, identity in enumerate(ids)
    ]
    for database in peopled.databases.values():
        async with database.write() as session:
            await session.execute(delete(datasets))
            await session.execute(insert(datasets).values(about | whole))
            await session.execute(insert(dataset_traces), members)

    found, missing = await read_by_both(peopled, lambda: Members(dataset_id), size)

    rows = {row["id"]: row for row in TRACE_ROWS}
    assert found == [stored(rows[identity]) for identity in ids if identity in rows]
    assert missing == sum(identity not in rows for identity in ids)


@pytest.mark.parametrize("format_", export_formats())
async def test_the_same_traces_give_the_same_bytes_on_both_databases(peopled: Twins, format_: ExportFormat):
    line = get_export_format(format_).line
    found, _ = await read_by_both(peopled, lambda: Selected(TraceSelection()), 7)

    assert [line(trace, EVERYTHING) for trace in found] == [
        line(stored(row), EVERYTHING) for row in in_order(TRACE_ROWS, [("created_at", True)])
    ]
