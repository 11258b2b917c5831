"""Rollouts of external runs: imported with their origin, linked to the run, and refused whole if it is not one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.support.api import Ask
from tests.support.ingest import ingest
from tests.support.run_requests import entered
from tests.support.traces import native_trace, on_sqlite
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

REGISTER = """
mutation ($name: String!) {
  registerRun(input: { modelId: "own/model", outputName: $name, method: GRPO }) {
    run { uuid } errors { code message path }
  }
}
"""
PRODUCED = """
query ($id: ID!) {
  traceGroups(scorer: "reward", correctAt: 0.5) { nodes { size correctCount } }
  run(id: $id) {
    producedTraces(orderBy: [{ field: ID }]) {
      totalCount
      nodes {
        referenceAnswer
        producedBy {
          run { outputName } modelId policyVersion checkpointStep promptPosition sampleIndex finishReason tokenCount
          meanLogProbability malformed rawText template samplingParameters { temperature topP maxNewTokens seed }
        }
      }
    }
  }
}
"""
UNKNOWN = dict.fromkeys(
    ("checkpointStep", "promptPosition", "sampleIndex", "finishReason", "tokenCount", "meanLogProbability", "template")
)
SAMPLING = {"temperature": 0.5, "top_p": 0.9, "max_new_tokens": 8, "seed": 2**40}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server without a worker: external runs need none."""
    return replace(settings, worker=False)


def rollout(name: str, place: int, **origin: Any) -> dict[str, Any]:
    """Returns the line of a rollout."""
    return native_trace(
        "What is 1+1?",
        external_id=f"{name}/0/{place}",
        reference_answer="2",
        scores=[{"scorer": "reward", "kind": "MODEL", "score": float(place % 2)}],
        produced_by={"run": name, "raw_text": "1+1 is 2", **origin},
    )


async def test_rollouts_are_linked_to_their_run(ask: Ask, app_client: httpx.AsyncClient):
    run = (await ask(REGISTER, name="mine"))["registerRun"]["run"]
    lines = [
        rollout("mine", 0),
        rollout(
            run["uuid"], 1, policy_version=7, sample_index=1, sampling_parameters=SAMPLING, finish_reason="LENGTH",
            token_count=8, mean_log_probability=-0.5, malformed=True,
        ),
    ]  # fmt: skip

    first, again = [await ingest(app_client, lines) for _ in range(2)]

    assert (first["status"], first["added"], again["duplicates"]) == (200, 2, 2)
    data = await ask(PRODUCED, id="mine")
    produced = data["run"]["producedTraces"]
    shared = {"run": {"outputName": "mine"}, "modelId": "own/model", "rawText": "1+1 is 2"}
    assert produced["totalCount"] == 2
    assert produced["nodes"][0] == {
        "referenceAnswer": "2",
        "producedBy": UNKNOWN | shared | {"policyVersion": None, "malformed": False, "samplingParameters": None},
    }
    assert produced["nodes"][1]["producedBy"] == UNKNOWN | shared | {
        "policyVersion": 7,
        "sampleIndex": 1,
        "finishReason": "LENGTH",
        "tokenCount": 8,
        "meanLogProbability": -0.5,
        "malformed": True,
        "samplingParameters": {"temperature": 0.5, "topP": 0.9, "maxNewTokens": 8, "seed": 2**40},
    }
    assert data["traceGroups"]["nodes"] == [{"size": 2, "correctCount": 1}]


async def test_a_run_that_is_none_refuses_the_batch(ask: Ask, app_client: httpx.AsyncClient, database: Database):
    own = (await entered(database))["id"]
    await ask(REGISTER, name="mine")

    unknown = await ingest(app_client, [rollout("mine", 0), rollout("other", 1)])
    ours = await ingest(app_client, [rollout(str(own), 0)])

    assert (unknown["status"], unknown["errors"][0]["message"]) == (
        404, "There is no run 'other': register it first."
    )  # fmt: skip
    assert (ours["status"], ours["errors"][0]["extensions"]["code"]) == (409, "CONFLICT")
    assert "is trained by this server" in ours["errors"][0]["message"]
    assert (await ask("{ traces { totalCount } }"))["traces"]["totalCount"] == 0


@on_sqlite
@pytest.mark.parametrize(
    ("origin", "field", "reason"),
    [
        ({"run": ""}, "produced_by.run", "must have 1 to 64 characters; it has 0."),
        ({"raw_text": "x" * 250_001}, "produced_by.raw_text", "must have 0 to 250000 characters; it has 250001."),
        ({"policy_version": -1}, "produced_by.policy_version", "must be between 0 and 2,147,483,647; it is -1."),
        ({"token_count": "8"}, "produced_by.token_count", "must be a whole number or null; it is a string."),
        ({"finish_reason": "OTHER"}, "produced_by.finish_reason", "must be one of STOP, LENGTH"),
        ({"step": 1}, "produced_by.step", "There is no field 'step'."),
        (
            {"sampling_parameters": {}},
            "produced_by.sampling_parameters.temperature",
            "temperature is missing.",
        ),
        ({"sampling_parameters": SAMPLING | {"top_p": 2}}, "produced_by.sampling_parameters.top_p", "0 and 1; it is 2"),
    ],
)
async def test_an_invalid_origin_is_an_error_of_its_line(
    app_client: httpx.AsyncClient, origin: dict[str, Any], field: str, reason: str
):
    answer = await ingest(app_client, [rollout("mine", 0, **origin)])

    (refusal,) = answer["refusals"]
    assert (answer["status"], refusal["line"], refusal["field"], refusal["code"]) == (422, 1, field, "BAD_USER_INPUT")
    assert reason in refusal["reason"]
