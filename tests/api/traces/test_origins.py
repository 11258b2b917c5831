"""Origins of generated traces: read from the trace and from the run, filtered by, and each answer stored once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

import pytest
from graphql import GraphQLSchema, get_named_type, is_leaf_type
from sqlalchemy import delete, func, select

from tests.conftest import Execute
from tests.support.api import Ask
from tests.support.factories import insert_rows, origin_draft, trace, trace_row
from tests.support.runs import enter_run, make_dataset
from tests.support.schema_elements import fields, schema
from tests.support.traces import data_of
from tunix_rt.db.models import trace_origins, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.lifecycle import delete_run
from tunix_rt.domain.traces.origins import OriginDraft, add_origins
from tunix_rt.errors import Conflict
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import FinishReason

__all__ = ["schema"]

ORIGINS = """
query ($run: ID!, $uuid: ID!) {
  traces(where: { producedBy: {} }, orderBy: [{ field: ID }]) {
    nodes { prompt producedBy {
      run { uuid } modelId checkpointStep policyVersion promptPosition sampleIndex template finishReason tokenCount
      meanLogProbability malformed rawText samplingParameters { temperature topP maxNewTokens seed }
    } }
  }
  others: traces(where: { not: { producedBy: {} } }) { nodes { producedBy { modelId } } }
  malformed: traces(where: { producedBy: { malformed: true, runId: { eq: $uuid } } }) { nodes { prompt } }
  short: traces(where: { producedBy: { finishReason: { in: [STOP] }, tokenCount: { lte: 4 } } }) { totalCount }
  run(id: $run) { producedTraces(where: { producedBy: { sampleIndex: { eq: 1 } } }) { totalCount nodes { prompt } } }
}
"""

FILTERED = """
query ($where: TraceOriginWhere) {
  traces(where: { producedBy: $where }, orderBy: [{ field: ID }]) { nodes { prompt } }
}
"""


async def store(database: Database, *origins: OriginDraft) -> list[uuid.UUID]:
    """Stores a trace for each origin, and returns their ids."""
    rows = [trace_row(trace(f"prompt {place}"), seconds=place) for place, _ in enumerate(origins)]
    ids = [row["id"] for row in rows]
    async with database.write() as session:
        await insert_rows(session, rows)
        await add_origins(session, zip(ids, origins, strict=True))
    return ids


async def test_generated_traces_and_their_runs_refer_to_each_other(
    graphql: Execute, database: Database, settings: Settings
):
    run_id = await enter_run(database, settings, await make_dataset(database), output_name="addition")
    rollout = origin_draft(
        run_id=run_id,
        checkpoint_step=20,
        policy_version=7,
        sample_index=1,
        seed=3,
        template="NUMBERED",
        finish_reason=FinishReason.LENGTH,
        token_count=8,
        mean_log_probability=-0.25,
        malformed=True,
        raw_text="four",
    )
    await store(database, origin_draft(), rollout)

    found = await graphql(ORIGINS, {"run": "addition", "uuid": str(run_id)})

    data = data_of(found)
    plain, full = [node["producedBy"] for node in data["traces"]["nodes"]]
    assert plain["run"] is None
    assert (plain["modelId"], plain["finishReason"], plain["malformed"]) == ("run:addition", "STOP", False)
    assert full == {
        "run": {"uuid": str(run_id)},
        "modelId": "run:addition",
        "checkpointStep": 20,
        "policyVersion": 7,
        "promptPosition": 0,
        "sampleIndex": 1,
        "template": "NUMBERED",
        "finishReason": "LENGTH",
        "tokenCount": 8,
        "meanLogProbability": -0.25,
        "malformed": True,
        "rawText": "four",
        "samplingParameters": {"temperature": 0.5, "topP": 1.0, "maxNewTokens": 8, "seed": 3},
    }
    assert data["others"]["nodes"] == [{"producedBy": None}, {"producedBy": None}]
    assert data["malformed"]["nodes"] == [{"prompt": "prompt 1"}]
    assert data["short"]["totalCount"] == 1
    assert data["run"]["producedTraces"] == {"totalCount": 1, "nodes": [{"prompt": "prompt 1"}]}


@pytest.mark.parametrize(
    ("where", "prompts"),
    [
        ({"temperature": {"gt": 0.5}}, [1]),
        ({"topP": {"lt": 1}}, [1]),
        ({"topP": {"gte": 0.9, "lte": 1}}, [0, 1]),
        ({"maxNewTokens": {"in": [8, 9]}}, [0]),
        ({"maxNewTokens": {"gt": 8}}, [1]),
        ({"seed": {"eq": str(2**40)}}, [1]),
        ({"seed": {"isNull": True}}, [0]),
        ({"template": {"startsWith": "THINK"}}, [1]),
        ({"template": {"isNull": True}}, [0]),
        ({"not": {"topP": {"eq": 0.9}}}, [0]),
        ({"or": [{"seed": {"isNull": True}}, {"maxNewTokens": {"eq": 64}}]}, [0, 1]),
    ],
)
async def test_traces_are_filtered_by_their_sampling_parameters(
    ask: Ask, database: Database, where: dict[str, Any], prompts: list[int]
):
    other = origin_draft(temperature=0.7, top_p=0.9, max_new_tokens=64, seed=2**40, template="THINK")
    await store(database, origin_draft(), other)

    found = await ask(FILTERED, where=where)

    assert [node["prompt"] for node in found["traces"]["nodes"]] == [f"prompt {place}" for place in prompts]


def test_filters_have_every_value_of_an_origin(schema: GraphQLSchema):
    leaves: defaultdict[str, set[str]] = defaultdict(set)
    for path, field in fields(schema):
        owner, _, name = path.partition(".")
        if owner == "TraceOriginWhere" or is_leaf_type(get_named_type(field.type)):
            leaves[owner].add(name)

    assert len(leaves["SamplingParameters"]) == 4
    assert leaves["TraceOriginWhere"] >= leaves["TraceOrigin"] - {"rawText"} | leaves["SamplingParameters"]


async def test_a_rollout_is_stored_once_and_outlives_its_run(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database))
    rollout = origin_draft(run_id=run_id, policy_version=1)
    first, _ = await store(database, rollout, origin_draft(run_id=run_id))

    with pytest.raises(Conflict):
        await store(database, rollout)

    async with database.write() as session:
        await session.execute(delete(traces).where(traces.c.id == first))
        assert (await session.execute(select(func.count()).select_from(trace_origins))).scalar() == 1
        await delete_run(session, run_id)
    async with database.read() as session:
        assert (await session.execute(select(trace_origins.c.run_id))).scalars().all() == [None]
