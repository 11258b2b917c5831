"""deleteTraces: by ids or by a filter, with the scores of what is deleted."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.api import Ask, Store
from tests.support.traces import (
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
    """Returns the numbers of remaining traces and scores."""
    return (await ask(COUNT_TRACES))["traces"]["totalCount"], (await ask(COUNT_SCORES))["scores"]["totalCount"]


async def test_by_ids_with_their_scores(ask: Ask, store: Store):
    traces = await store(*(trace_input(str(number)) for number in range(4)))
    await ask(SCORE_TRACES, input={"where": {}})

    payload = await delete(ask, ids=[traces[0]["id"], traces[1]["uuid"], traces[1]["id"], UNKNOWN_UUID])

    assert payload == {"deletedCount": 2, "matchedCount": 2, "missingUuids": [UNKNOWN_UUID], "errors": []}
    assert await left(ask) == (2, 2)
    assert (await delete(ask, ids=[traces[0]["id"]]))["missingUuids"] == [traces[0]["uuid"]]


async def test_by_a_filter(ask: Ask, store: Store):
    await store(*(trace_input(meta={"source": "a" if number % 2 else "b"}) for number in range(5)))
    await ask(SCORE_TRACES, input={"where": {}})

    assert (await delete(ask, where={"source": {"eq": "a"}}))["deletedCount"] == 2
    assert (await delete(ask, where={"source": {"eq": "a"}}))["deletedCount"] == 0
    assert await left(ask) == (3, 3)


async def test_more_than_one_batch(ask: Ask, store: Store):
    for _ in range(2):
        await store(*[trace_input()] * 700)
    await store(trace_input(meta={"source": "kept"}))

    assert (await delete(ask, where={"source": {"ne": "kept"}}))["deletedCount"] == 1400
    assert await left(ask) == (1, 0)


TRUE_OF_ALL: list[dict[str, Any]] = [
    {},
    {"and": []},
    {"and": [{}, {"and": [{}]}]},
    {"source": {}},
    {"source": None},
    {"source": {"notIn": []}},
    {"not": {"source": {"in": []}}},
    {"not": {"or": []}},
    {"or": [{"source": {"eq": "a"}}, {}]},
    {"or": [{"source": {"eq": "a"}}, {"not": {"source": {"eq": "a"}}}]},
    {"or": [{"source": {"isNull": True}}, {"source": {"isNull": False}}]},
    {"id": {"isNull": False}},
    {"promptPreview": {"contains": ""}},
    {"meta": []},
    {"meta": [{"path": ["n"]}]},
    {"meta": [{"path": ["n"], "notIn": []}]},
    {"scores": {"every": {}}},
    {"scores": {"none": {"scorer": {"in": []}}}},
    {"datasets": {"none": {"key": {"in": []}}}},
    {"not": {"datasets": {"some": {"or": []}}}},
]


@on_sqlite
@pytest.mark.parametrize("where", TRUE_OF_ALL, ids=repr)
@pytest.mark.parametrize("more", [{}, {"expectedCount": 1}, {"dryRun": True}], ids=repr)
async def test_a_filter_that_is_true_of_every_trace_is_refused(
    ask: Ask, store: Store, where: dict[str, Any], more: dict[str, Any]
):
    await store(trace_input())

    payload = await delete(ask, where=where, **more)

    assert payload["deletedCount"] is payload["matchedCount"] is None
    error = user_error_of(payload)
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "where"])
    assert await left(ask) == (1, 0)


@pytest.mark.parametrize("where", [{"source": {"eq": "a"}}, {"stepCount": {"gte": 0}}, {"charCount": {"notIn": [0]}}])
async def test_a_filter_that_matches_every_stored_trace_needs_the_expected_count(
    ask: Ask, store: Store, where: dict[str, Any]
):
    await store(*[trace_input(meta={"source": "a"})] * 3)

    refused = await delete(ask, where=where)
    assert "expectedCount: 3" in user_error_of(refused)["message"]
    assert await left(ask) == (3, 0)

    assert (await delete(ask, where=where, expectedCount=3))["deletedCount"] == 3
    assert (await delete(ask, where=where))["deletedCount"] == 0, "of none, none is deleted"


@pytest.mark.parametrize("by", ["ids", "where"])
async def test_another_count_than_the_expected_one_deletes_nothing(ask: Ask, store: Store, by: str):
    stored = await store(*[trace_input(meta={"source": "a"})] * 3, trace_input())
    which: dict[str, Any] = (
        {"where": {"source": {"eq": "a"}}} if by == "where" else {"ids": [trace["id"] for trace in stored[:3]]}
    )

    for dry_run in (False, True):
        error = user_error_of(await delete(ask, **which, expectedCount=2, dryRun=dry_run))
        assert (error["code"], error["path"]) == ("CONFLICT", ["input", "expectedCount"])
        assert "expectedCount is 2, but 3 traces match" in error["message"]
    assert await left(ask) == (4, 0)
    assert (await delete(ask, **which, expectedCount=3))["deletedCount"] == 3


@pytest.mark.parametrize("by", ["ids", "where"])
async def test_a_dry_run_answers_the_count_and_deletes_nothing(ask: Ask, store: Store, by: str):
    stored = await store(*[trace_input(meta={"source": "a"})] * 2)
    which: dict[str, Any] = (
        {"where": {"source": {"eq": "a"}}} if by == "where" else {"ids": [stored[0]["id"], UNKNOWN_UUID]}
    )

    payload = await delete(ask, **which, dryRun=True)

    assert (payload["deletedCount"], payload["matchedCount"]) == (0, 2 if by == "where" else 1)
    assert payload["missingUuids"] == ([] if by == "where" else [UNKNOWN_UUID])
    assert await left(ask) == (2, 0)


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
