"""Datasets verified, split and compared."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.support.api import Ask, Store
from tests.support.datasets import Traces, create, prompts
from tests.support.traces import (
    CREATE_SCORE,
    DELETE_TRACES,
    UNKNOWN_UUID,
    trace_input,
    user_error_of,
)
from tests.support.verification import VERIFY, verify
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets import verification


@pytest.mark.parametrize("strategy", ["LATEST", "RANDOM", "RANDOM_SAMPLE"])
async def test_an_untouched_dataset_is_intact_and_reproducible_whatever_is_stored_since(
    ask: Ask, store: Store, ten: Traces, strategy: str
):
    seed = {} if strategy == "LATEST" else {"seed": 4}
    dataset = await create(ask, strategy=strategy, limit=6, where={"meta": [{"path": ["n"], "gte": 1}]}, **seed)
    await store(trace_input("later", meta={"n": 20}), trace_input("later, not matching", meta={"n": 0}))

    assert await verify(ask, dataset) == {
        "intact": True,
        "reproducible": True,
        "sha256": dataset["sha256"],
        "derivedSha256": dataset["sha256"],
        "derivationError": None,
        "newerCount": 1,
        "counts": [],
        "changes": {},
    }


async def test_deleted_members_are_named_and_who_would_take_their_place(ask: Ask, ten: Traces):
    dataset = await create(ask, limit=3)
    await ask(DELETE_TRACES, input={"ids": [ten[8]["id"]]})

    found = await verify(ask, dataset)

    assert (found["intact"], found["reproducible"], found["sha256"]) == (False, False, None)
    assert found["derivedSha256"] not in {None, dataset["sha256"]}
    assert found["changes"] == {("DELETED", ten[8]["uuid"]): 1, ("NEWLY_SELECTED", ten[6]["uuid"]): None}
    assert found["counts"] == [{"kind": "DELETED", "count": 1}, {"kind": "NEWLY_SELECTED", "count": 1}]


async def test_differences_are_all_counted_and_the_first_are_shown(
    ask: Ask, ten: Traces, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(verification, "REPORTED_CHANGES", 2)
    dataset = await create(ask, limit=4)
    await ask(DELETE_TRACES, input={"ids": [trace["id"] for trace in ten[7:]]})

    found = await verify(ask, dataset)

    assert found["changes"] == {("DELETED", ten[9]["uuid"]): 0, ("DELETED", ten[8]["uuid"]): 1}
    assert found["counts"] == [{"kind": "DELETED", "count": 3}, {"kind": "NEWLY_SELECTED", "count": 3}]


async def test_changed_members_are_reported_by_what_is_stored(ask: Ask, database: Database, ten: Traces):
    dataset = await create(ask)
    async with database.write() as session:
        payload = traces.c.payload.label("payload")
        await session.execute(update(traces).where(traces.c.prompt_preview == "prompt 3").values(payload=payload + " "))

    found = await verify(ask, dataset)

    assert (found["intact"], found["reproducible"]) == (False, False)
    assert found["changes"] == {("CHANGED", ten[3]["uuid"]): 6}
    assert found["sha256"] not in {None, dataset["sha256"]}


async def test_scores_make_members_leave_and_others_enter(ask: Ask, ten: Traces):
    for number in (1, 2, 3):
        await ask(CREATE_SCORE, input={"traceId": ten[number]["id"], "scorer": "ada", "score": 1.0})
    good = {"scores": {"some": {"scorer": {"eq": "ada"}, "latest": True, "score": {"gte": 1}}}}
    dataset = await create(ask, where=good)
    await ask(CREATE_SCORE, input={"traceId": ten[2]["id"], "scorer": "ada", "score": 0.0})
    await ask(CREATE_SCORE, input={"traceId": ten[9]["id"], "scorer": "ada", "score": 1.0})

    found = await verify(ask, dataset)

    assert (found["intact"], found["reproducible"], found["sha256"]) == (True, False, dataset["sha256"])
    assert found["changes"] == {("NO_LONGER_SELECTED", ten[2]["uuid"]): 1, ("NEWLY_SELECTED", ten[9]["uuid"]): None}


async def test_members_that_others_displace_are_distinguished_from_those_that_do_not_match(ask: Ask, ten: Traces):
    for number in (1, 2):
        await ask(CREATE_SCORE, input={"traceId": ten[number]["id"], "scorer": "ada", "score": 1.0})
    dataset = await create(ask, where={"scores": {"some": {"scorer": {"eq": "ada"}}}}, limit=2)
    await ask(CREATE_SCORE, input={"traceId": ten[9]["id"], "scorer": "ada", "score": 1.0})

    payload = (await ask(VERIFY, input={"id": dataset["id"]}))["verifyDataset"]["verification"]

    left = [change for change in payload["changes"] if change["kind"] == "NO_LONGER_SELECTED"]
    assert [(change["traceUuid"], change["reason"]) for change in left] == [
        (ten[1]["uuid"], "Other traces precede it now.")
    ]


async def test_members_that_moved_have_their_positions_in_the_dataset(ask: Ask, ten: Traces):
    dataset = await create(ask, strategy="RANDOM_SAMPLE", seed=4, limit=10)
    order = await prompts(ask, dataset)
    uuids = {f"prompt {number}": trace["uuid"] for number, trace in enumerate(ten)}
    first = next(trace for trace in ten if trace["uuid"] == uuids[order[0]])
    await ask(DELETE_TRACES, input={"ids": [first["id"]]})

    found = await verify(ask, dataset)

    moved = {uuid: place for (kind, uuid), place in found["changes"].items() if kind == "MOVED"}
    assert len(moved) > 1
    assert {place: uuids[order[place]] for place in moved.values()} == {place: uuid for uuid, place in moved.items()}


async def test_an_unknown_dataset_is_not_verified(ask: Ask):
    error = user_error_of((await ask(VERIFY, input={"id": UNKNOWN_UUID}))["verifyDataset"])

    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "id"])
