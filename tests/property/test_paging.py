"""Paging: walking pages in either direction gives one sorted list, whatever the order, the size and the NULLs."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from tests.property.conftest import Twins
from tests.support.factories import insert_rows, json_values, score_row, texts, trace_row
from tests.support.reference import Row, in_order
from tests.support.strategies import SCORE_ORDER, TRACE_ORDER, TRACE_ROWS, bounded, order_input, orders
from tunix_rt.db.models import scores, traces
from tunix_rt.db.pages import page_rows
from tunix_rt.db.paging import SortOrder, Term
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import BadCursor

Terms = list[tuple[str, bool]]

TRACES_PAGE = """
query ($orderBy: [TraceOrder!], $where: TraceWhere, $first: Int, $after: String, $last: Int, $before: String) {
  page: traces(where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { uuid } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
SCORES_PAGE = """
query ($id: ID!, $orderBy: [ScoreOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  trace(id: $id) {
    page: scores(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      edges { cursor node { uuid } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


def order_of(terms: Terms) -> SortOrder:
    """The total order of traces by some terms."""
    return SortOrder.of([Term(traces.c[name], descending) for name, descending in terms], traces.c.id)


def ids(rows: Sequence[Row]) -> list[uuid.UUID]:
    """The ids of rows."""
    return [row["id"] for row in rows]


# At the database: any rows, any order.


@st.composite
def small_tables(draw: st.DrawFn) -> list[Row]:
    """A few traces whose columns repeat and miss values."""
    columns = st.fixed_dictionaries(
        {
            "source": st.sampled_from([None, None, "", "a", "b", "B", "é", "\uffff", "🦉"]),
            "external_id": st.one_of(st.none(), st.sampled_from(["1", "2"]), texts(1, 3)),
            "step_count": st.integers(1, 3),
            "char_count": st.integers(3, 5),
        }
    )
    seconds = draw(st.lists(st.sampled_from([0.0, 0.000001, 1.0]), max_size=12))
    return [trace_row(seconds=second) | draw(columns) for second in seconds]


async def walk(session: Session, order: SortOrder, size: int, *, backward: bool, extra: Any = ()) -> list[uuid.UUID]:
    """The ids of every row, page by page, in the direction of the walk."""
    found: list[uuid.UUID] = []
    after = None
    columns = [traces.c.id, *(column for column in order.columns if column is not traces.c.id)]
    places = [[other is column for other in columns].index(True) for column in order.columns]
    while rows := await page_rows(session, columns, extra, order, backward=backward, limit=size, after=after):
        found += [row[0] for row in rows]
        values = [rows[-1][place] for place in places]
        after = order.values(order.cursor(values))
        assert after == values
    return found


@bounded(60)
@given(
    rows=small_tables(), terms=orders(TRACE_ORDER), size=st.integers(1, 5), backward=st.booleans(), plain=st.booleans()
)
async def test_walking_any_table_gives_it_sorted(
    database: Database, rows: list[Row], terms: Terms, size: int, backward: bool, plain: bool
):
    # A list that nothing restricts is read by another way than one with conditions.
    conditions = [] if plain else [traces.c.char_count < 5]
    async with database.write() as session:
        await session.execute(delete(traces))
        await insert_rows(session, rows)
    async with database.read() as session:
        found = await walk(session, order_of(terms), size, backward=backward, extra=conditions)

    wanted = ids(in_order([row for row in rows if plain or row["char_count"] < 5], terms))
    assert found == (wanted[::-1] if backward else wanted)


# Through GraphQL: the same, with Relay's page information.


async def both_pages(twins: Twins, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The page that both databases give, which must be the same one."""
    first, second = await twins.ask(query, variables)
    assert first == second
    assert "errors" not in first, first
    data: dict[str, Any] = first["data"]
    page: dict[str, Any] = data["trace"]["page"] if "trace" in data else data["page"]
    return page


async def check_walk(
    twins: Twins, query: str, variables: dict[str, Any], wanted: list[str], size: int, *, backward: bool
):
    """Walks a connection from one end to the other and holds each page against the list."""
    rest = wanted
    cursor, arguments = None, ("last", "before") if backward else ("first", "after")
    while True:
        page = await both_pages(twins, query, variables | dict(zip(arguments, (size, cursor), strict=True)))
        expected, rest = (rest[-size:], rest[:-size]) if backward else (rest[:size], rest[size:])
        edges, info = page["edges"], page["pageInfo"]
        assert [edge["node"]["uuid"] for edge in edges] == expected
        assert (info["hasPreviousPage"] if backward else info["hasNextPage"]) == bool(rest)
        assert (info["hasNextPage"] if backward else info["hasPreviousPage"]) == (cursor is not None)
        assert info["startCursor"] == (edges[0]["cursor"] if edges else None)
        assert info["endCursor"] == (edges[-1]["cursor"] if edges else None)
        if not rest:
            return
        cursor = info["startCursor"] if backward else info["endCursor"]


@bounded(25)
@given(terms=orders(TRACE_ORDER), size=st.integers(4, 70), backward=st.booleans())
async def test_walking_the_traces_connection_gives_one_sorted_list(
    peopled: Twins, terms: Terms, size: int, backward: bool
):
    wanted = [str(found) for found in ids(in_order(TRACE_ROWS, terms))]

    await check_walk(peopled, TRACES_PAGE, {"orderBy": order_input(terms)}, wanted, size, backward=backward)


SCORED = trace_row()
ITS_SCORES = [
    score_row(SCORED["id"], score, seconds, step_index=step, scorer=scorer)
    for score in (0.0, 0.1, 1.0)
    for seconds in (0, 1)
    for step, scorer in ((None, "ada"), (None, "Bob"), (0, "ada"), (3, "é"))
]


@pytest.fixture
async def scored(peopled: Twins) -> Twins:
    """The population, and a trace with many scores."""
    await peopled.store([SCORED], ITS_SCORES)
    return peopled


@bounded(25)
@given(terms=orders(SCORE_ORDER), size=st.integers(2, 30), backward=st.booleans())
async def test_walking_a_traces_scores_gives_one_sorted_list(scored: Twins, terms: Terms, size: int, backward: bool):
    variables = {"id": str(SCORED["id"]), "orderBy": order_input(terms)}
    wanted = [str(found) for found in ids(in_order(ITS_SCORES, terms))]

    await check_walk(scored, SCORES_PAGE, variables, wanted, size, backward=backward)


@bounded(25)
@given(terms=orders(TRACE_ORDER), picks=st.tuples(st.integers(0, 59), st.integers(0, 59)), size=st.integers(0, 20))
async def test_a_page_between_two_cursors_holds_what_lies_between(
    peopled: Twins, terms: Terms, picks: tuple[int, int], size: int
):
    ordered = in_order(TRACE_ROWS, terms)
    order = order_of(terms)
    start, end = min(picks), max(picks)
    after, before = (order.cursor([ordered[at][column.name] for column in order.columns]) for at in (start, end))
    between = [str(found) for found in ids(ordered[start + 1 : end])]

    for name, expected in (("first", between[:size]), ("last", between[max(len(between) - size, 0) :])):
        variables = {"orderBy": order_input(terms), "after": after, "before": before, name: size}
        page = await both_pages(peopled, TRACES_PAGE, variables)
        assert [edge["node"]["uuid"] for edge in page["edges"]] == expected
        more = page["pageInfo"]["hasNextPage" if name == "first" else "hasPreviousPage"]
        assert more == (len(between) > size)


@bounded(15)
@given(terms=orders(TRACE_ORDER), size=st.integers(3, 20), later=st.permutations(TRACE_ROWS[30:]))
async def test_rows_that_arrive_meanwhile_neither_repeat_nor_hide_others(
    twins: Twins, terms: Terms, size: int, later: list[Row]
):
    present = TRACE_ROWS[:30]
    await empty(twins)
    await twins.store(present)

    seen: list[str] = []
    after = None
    while True:
        page = await both_pages(twins, TRACES_PAGE, {"orderBy": order_input(terms), "first": size, "after": after})
        seen += [edge["node"]["uuid"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        await twins.store(later[:3])
        later = later[3:]

    assert len(seen) == len(set(seen))
    old = {str(row["id"]) for row in present}
    assert [found for found in seen if found in old] == [str(found) for found in ids(in_order(present, terms))]


async def empty(twins: Twins) -> None:
    """Deletes every trace."""
    for database in twins.databases.values():
        async with database.write() as session:
            await session.execute(delete(traces))


async def test_a_cursor_outlives_its_row(peopled: Twins):
    terms: Terms = [("source", True)]
    order, ordered = order_of(terms), in_order(TRACE_ROWS, terms)
    gone = ordered[20]
    for database in peopled.databases.values():
        async with database.write() as session:
            await session.execute(delete(traces).where(traces.c.id == gone["id"]))

    cursor = order.cursor([gone["source"], gone["id"]])
    page = await both_pages(peopled, TRACES_PAGE, {"orderBy": order_input(terms), "first": 5, "after": cursor})

    assert [edge["node"]["uuid"] for edge in page["edges"]] == [str(found) for found in ids(ordered[21:26])]


# Cursors: nothing but an order's own is taken, and nothing else than a coded error comes of it.


@bounded(60)
@given(mine=orders(TRACE_ORDER), other=orders(TRACE_ORDER))
def test_a_cursor_of_another_order_is_refused(mine: Terms, other: Terms):
    row = TRACE_ROWS[0]
    order, another = order_of(mine), order_of(other)
    cursor = order.cursor([row[column.name] for column in order.columns])

    if [(term.column, term.descending) for term in order.terms] == [
        (term.column, term.descending) for term in another.terms
    ]:
        assert another.values(cursor) == order.values(cursor)
    else:
        with pytest.raises(BadCursor, match="another list or order"):
            another.values(cursor)


async def test_a_cursor_of_another_list_is_refused(peopled: Twins):
    order = SortOrder.of([Term(scores.c.id, descending=False)], scores.c.id)
    variables = {"orderBy": order_input([("id", False)]), "after": order.cursor([uuid.UUID(int=1)])}

    for answer in await peopled.ask(TRACES_PAGE, variables):
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_CURSOR"]


def packed(value: Any) -> str:
    """A JSON value in a cursor's wrapping."""
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


AWKWARD: dict[type, Any] = {
    int: st.one_of(st.sampled_from([-1, 2**31 - 1, 2**31, 2**63, True]), st.integers(-(2**63), 2**64 - 1)),
    str: st.one_of(st.sampled_from(["\0", "", "a\0b"]), texts()),
    datetime: st.one_of(
        st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026"]),
        st.datetimes().map(lambda instant: instant.isoformat()),
        st.datetimes(timezones=st.just(UTC)).map(lambda instant: instant.isoformat()),
    ),
    uuid.UUID: st.one_of(st.uuids().map(str), st.sampled_from(["", "{}", "0" * 32])),
}


@st.composite
def forged_cursors(draw: st.DrawFn) -> tuple[Terms, str]:
    """An order, and a cursor that bears its fingerprint but any values, of the columns' types or not."""
    terms = draw(orders(TRACE_ORDER))
    order = order_of(terms)
    values = [
        draw(st.one_of(AWKWARD[column.type.python_type], AWKWARD[column.type.python_type], json_values()))
        for column in order.columns
    ]
    return terms, packed([order.fingerprint, *values])


@bounded(100)
@given(forged=forged_cursors(), name=st.sampled_from(["after", "before"]))
async def test_a_forged_cursor_has_the_same_error_on_both_and_never_internal(
    peopled: Twins, forged: tuple[Terms, str], name: str
):
    terms, cursor = forged
    first, second = await peopled.ask(TRACES_PAGE, {"orderBy": order_input(terms), name: cursor})

    assert first == second
    assert [error["extensions"]["code"] for error in first.get("errors", [])] in ([], ["BAD_CURSOR"])


GARBAGE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    json_values().map(packed),
    st.binary(max_size=30).map(lambda raw: base64.urlsafe_b64encode(raw).decode()),
    st.integers(4090, 5000).map(lambda size: "A" * size),
)


@bounded(60)
@given(cursor=GARBAGE)
async def test_garbage_is_no_cursor(peopled: Twins, cursor: str):
    for answer in await peopled.ask(TRACES_PAGE, {"after": cursor}):
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_CURSOR"]
