"""GRPO runs through the API: their rewards are validated, stored and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.api import Ask, Store
from tests.support.traces import CREATE_DATASET, trace_input

START = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) {
    run { method status stdout config { beta grpo { rewards { scorer weight } numGenerations topP epsilon } } }
    errors { code message path }
  }
}
"""
GRPO: dict[str, Any] = {
    "rewards": [{"scorer": "answer_match"}, {"scorer": "length", "weight": -0.5}],
    "numGenerations": 4,
}


async def started(ask: Ask, store: Store, **fields: Any) -> dict[str, Any]:
    """Returns the payload of a dry run on two prompts."""
    await store(*(trace_input(f"What is {number} + {number}?") for number in range(2)))
    await ask(CREATE_DATASET, input={"name": "prompts", "version": "v1"})
    given = {"datasetId": "prompts-v1", "modelId": "tiny-random/qwen3", "method": "GRPO", "wait": True} | fields
    payload: dict[str, Any] = (await ask(START, input=given))["startRun"]
    return payload


async def test_rewards_are_stored_with_the_run(ask: Ask, store: Store):
    payload = await started(ask, store, grpo=GRPO)

    assert payload["errors"] == []
    run = payload["run"]
    assert (run["method"], run["status"]) == ("GRPO", "COMPLETED"), run["stdout"]
    assert "Rewards: answer_match (1), length (-0.5)\n" in run["stdout"]
    rewards = [{"scorer": "answer_match", "weight": 1.0}, {"scorer": "length", "weight": -0.5}]
    assert run["config"]["grpo"] == {"rewards": rewards, "numGenerations": 4, "topP": None, "epsilon": None}
    assert run["config"]["beta"] is None


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({}, [("input.grpo", "grpo is required by the method GRPO: name its rewards.")]),
        (
            {"grpo": {"rewards": [{"scorer": "length"}, {"scorer": "nobody"}]}},
            [("input.grpo.rewards.1.scorer", "There is no scorer 'nobody'.")],
        ),
        (
            {"grpo": GRPO | {"numGenerations": 65, "maxNewTokens": 2048}, "evalDatasetId": "prompts-v1"},
            [
                ("input.grpo.numGenerations", "numGenerations must be between 2 and 64; it is 65."),
                ("input.grpo.maxNewTokens", "maxNewTokens must be less than maxSeqLength, 2048; it is 2048."),
                ("input.evalDatasetId", "evalDatasetId is not for the method GRPO"),
                ("input.evalDatasetId", "evalDatasetId must differ from datasetId"),
            ],
        ),
        ({"method": "SFT", "grpo": GRPO}, [("input.grpo", "grpo is for the method GRPO")]),
    ],
)
async def test_errors_are_on_their_fields(
    ask: Ask, store: Store, fields: dict[str, Any], errors: Sequence[tuple[str, str]]
):
    payload = await started(ask, store, **fields)

    assert payload["run"] is None
    assert [".".join(error["path"]) for error in payload["errors"]] == [path for path, _ in errors]
    for error, (_, message) in zip(payload["errors"], errors, strict=True):
        assert error["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(message)
