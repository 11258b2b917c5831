"""deleteTraces: by ids or by a filter, with the scores of what is deleted."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.api.conftest import Ask, Store
from tests.api.material import (
    COUNT_SCORES,
    COUNT_TRACES,
    DELETE_TRACES,
    SCORE_TRACES,
    UNKNOWN_UUID,
    on_sqlite,
    trace_input,
    user_error_of,
)


async def delete(ask: Ask, **fields: Any) -> dict[str, Any]:
    """The payload of deleteTraces."""
    payload: dict[str, Any] = (await ask(DELETE_TRACES, input=fields))["deleteTraces"]
    return payload


async def left(ask: Ask) -> tuple[int, int]:
    """How many traces and scores are left."""
    return (await ask(COUNT_TRACES))["traces"]["totalCount"], (await ask(COUNT_SCORES))["scores"]["totalCount"]


async def test_by_ids_with_their_scores(ask: Ask, store: Store):
    traces = await store(*(trace_input(str(number)) for number in range(4)))
    await ask(SCORE_TRACES, input={"where": {}})

    payload = await delete(ask, ids=[traces[0]["id"], traces[1]["uuid"], traces[1]["id"], UNKNOWN_UUID])

    assert payload == {"deletedCount": 2, "missingIds": [UNKNOWN_UUID], "errors": []}
    assert await left(ask) == (2, 2)
    assert (await delete(ask, ids=[traces[0]["id"]]))["missingIds"] == [traces[0]["uuid"]]


async def test_by_a_filter(ask: Ask, store: Store):
    await store(*(trace_input(meta={"source": "a" if number % 2 else "b"}) for number in range(5)))
    await ask(SCORE_TRACES, input={"where": {}})

    assert (await delete(ask, where={"source": {"eq": "a"}}))["deletedCount"] == 2
    assert (await delete(ask, where={"source": {"eq": "a"}}))["deletedCount"] == 0
    assert await left(ask) == (3, 3)


async def test_more_than_one_batch(ask: Ask, store: Store):
    for _ in range(2):
        await store(*[trace_input()] * 700)

    assert (await delete(ask, where={"stepCount": {"eq": 2}}))["deletedCount"] == 1400
    assert await left(ask) == (0, 0)


@on_sqlite
@pytest.mark.parametrize("where", [{}, {"and": []}, {"and": [{}, {"and": [{}]}]}, {"source": {}}, {"source": None}])
async def test_a_filter_that_restricts_nothing_is_refused(ask: Ask, store: Store, where: dict[str, Any]):
    await store(trace_input())

    payload = await delete(ask, where=where)

    assert payload["deletedCount"] is None
    assert user_error_of(payload)["path"] == ["input", "where"]
    assert await left(ask) == (1, 0)


@on_sqlite
@pytest.mark.parametrize("fields", [{}, {"ids": None}, {"ids": [UNKNOWN_UUID], "where": {"search": "x"}}])
async def test_either_ids_or_a_filter(ask: Ask, fields: dict[str, Any]):
    error = user_error_of(await delete(ask, **fields))

    assert (error["code"], error["message"]) == ("BAD_USER_INPUT", "Give either ids or where.")


@on_sqlite
@pytest.mark.parametrize("number", [0, 1001])
async def test_1_to_1000_ids(ask: Ask, number: int):
    error = user_error_of(await delete(ask, ids=[UNKNOWN_UUID] * number))

    assert error["path"] == ["input", "ids"]
    assert f"it has {number}" in error["message"]


async def test_every_malformed_id_is_named_and_nothing_is_deleted(ask: Ask, store: Store):
    (trace,) = await store(trace_input())
    of_a_score = base64.urlsafe_b64encode(f"Score:{UNKNOWN_UUID}".encode()).decode()

    payload = await delete(ask, ids=["x", trace["id"], of_a_score])

    assert [(error["code"], error["path"]) for error in payload["errors"]] == [
        ("BAD_ID", ["input", "ids", "0"]),
        ("BAD_ID", ["input", "ids", "2"]),
    ]
    assert await left(ask) == (1, 0)


async def test_a_thousand_ids(ask: Ask, store: Store):
    traces = await store(*[trace_input()] * 1000)

    assert (await delete(ask, ids=[trace["id"] for trace in traces]))["deletedCount"] == 1000
