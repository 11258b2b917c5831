"""Cursors: what they pack comes out again as the column's own type."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeAlias

import orjson
import pytest
from sqlalchemy import Column

from tunix_rt.db.identity import new_id
from tunix_rt.db.models import scores, traces
from tunix_rt.db.paging import OrderColumn, SortOrder, Term
from tunix_rt.errors import BadCursor

INSTANT = datetime(2026, 11, 23, 12, 30, 0, 123456, tzinfo=UTC)
T = traces.c
Terms: TypeAlias = list[tuple[OrderColumn, bool]]


def order_of(terms: Terms) -> SortOrder:
    """Returns the order of traces by columns, each with whether it is descending."""
    return SortOrder.of([Term(column, descending) for column, descending in terms], T.id)


def packed(*values: Any) -> str:
    """Returns a cursor with any JSON values."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (traces.c.created_at, INSTANT),
        (traces.c.step_count, 3),
        (traces.c.source, "algebra"),
        (traces.c.source, None),
        (scores.c.score, 1.0),
        (scores.c.scored_at, INSTANT),
        (scores.c.step_index, None),
    ],
    ids=str,
)
def test_a_cursor_restores_what_it_packed(column: Column[Any], value: Any):
    order = SortOrder.of([Term(column, descending=True)], column.table.c.id)
    values = [value, new_id()]
    assert order.values(order.cursor(values)) == values


@pytest.mark.parametrize(
    ("column", "least", "most"),
    [(traces.c.step_count, -(2**31), 2**31 - 1), (traces.c.seq, -(2**63), 2**63 - 1)],
    ids=str,
)
def test_a_number_beyond_its_column_is_no_value_of_a_cursor(column: Column[Any], least: int, most: int):
    order = SortOrder.of([Term(column, descending=True)], traces.c.id)
    last = new_id()
    for value in (least, most):
        assert order.values(order.cursor([value, last])) == [value, last]
    for value in (least - 1, most + 1, most + 2):
        if value >= -(2**63):  # a lower one cannot be written as JSON
            with pytest.raises(BadCursor, match="wrong type"):
                order.values(order.cursor([value, last]))


def text_of_terms(value: Terms | bool) -> str:
    """Returns a parameter as each process that collects the tests writes it: by names, not by addresses."""
    if isinstance(value, bool):
        return str(value)
    return ",".join(f"{column.key} {'desc' if descending else 'asc'}" for column, descending in value) or "none"


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ([], [(T.id, False)]),
        ([(T.step_count, True)], [(T.step_count, True), (T.id, True)]),
        ([(T.step_count, True), (T.source, False)], [(T.step_count, True), (T.source, False), (T.id, False)]),
        ([(T.step_count, True), (T.step_count, False)], [(T.step_count, True), (T.id, True)]),
        ([(T.id, True), (T.source, False)], [(T.id, True)]),
    ],
    ids=text_of_terms,
)
def test_an_order_ends_with_the_id_in_the_direction_of_its_last_term(given: Terms, whole: Terms):
    order = order_of(given)
    assert [(term.column, term.descending) for term in order.terms] == whole


def test_a_fingerprint_is_that_of_the_columns_and_directions():
    columns: list[OrderColumn] = [T.source, T.step_count, T.step_count.label("steps"), T.step_count.label("others")]
    orders = [order_of([]), *(order_of([(column, way)]) for column in columns for way in (True, False))]

    fingerprints = [order.fingerprint for order in orders]
    assert {len(fingerprint) for fingerprint in fingerprints} == {12}
    assert len(set(fingerprints)) == len(orders)
    assert order_of([(T.source, True)]).fingerprint == fingerprints[1]


@pytest.mark.parametrize(
    ("terms", "uniform"),
    [
        ([], True),
        ([(T.step_count, True)], True),
        ([(T.step_count, True), (T.id, False)], False),
        ([(T.source, True)], False),
        ([(T.step_count.label("steps"), True)], False),
    ],
    ids=text_of_terms,
)
def test_an_order_of_one_direction_without_nulls_is_uniform(terms: Terms, uniform: bool):
    assert order_of(terms).uniform is uniform


def test_a_cursor_has_its_times_in_utc():
    order = order_of([(T.created_at, True)])
    elsewhere = INSTANT.astimezone(timezone(timedelta(hours=5)))
    last = new_id()

    assert order.cursor([elsewhere, last]) == order.cursor([INSTANT, last])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (T.created_at, "2026-11-23T12:30:00"),
        (T.created_at, "yesterday"),
        (T.created_at, 5),
        (T.created_at, None),
        (T.step_count, "3"),
        (T.step_count, 3.0),
        (T.step_count, True),
        (T.step_count, None),
        (T.source, 3),
        (T.source, "a\0"),
        (scores.c.score, "1.0"),
        (scores.c.score, True),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_no_value_of_a_cursor(column: Column[Any], value: Any):
    order = SortOrder.of([Term(column, descending=True)], column.table.c.id)
    with pytest.raises(BadCursor, match="wrong type"):
        order.values(packed(order.fingerprint, value, new_id().hex))


@pytest.mark.parametrize("value", [7, None, "7", "{}"])
def test_an_id_in_a_cursor_is_a_uuid(value: Any):
    order = order_of([])
    with pytest.raises(BadCursor, match="wrong type"):
        order.values(packed(order.fingerprint, value))


def test_a_cursor_has_a_value_for_each_term():
    order = order_of([(T.step_count, True)])
    for values in ([], [3], [3, new_id().hex, 3]):
        with pytest.raises(BadCursor, match="another list or order"):
            order.values(packed(order.fingerprint, *values))


@pytest.mark.parametrize("cursor", ["", "?", "é", "bm8", base64.urlsafe_b64encode(b'{"a": 1}').decode()])
def test_other_texts_are_no_cursors(cursor: str):
    with pytest.raises(BadCursor, match="This is not a cursor"):
        order_of([]).values(cursor)


def test_a_cursor_has_a_maximum_length():
    order, last = order_of([(T.source, True)]), new_id()
    longest = max(
        (order.cursor(["x" * length, last]) for length in range(2950, 3050)),
        key=lambda cursor: len(cursor) * (len(cursor) <= 4096),
    )

    assert len(longest) == 4096
    assert len(order.values(longest)[0]) > 2950
    with pytest.raises(BadCursor, match="at most 4096 characters; this one has 4097"):
        order.values(longest + "A")
