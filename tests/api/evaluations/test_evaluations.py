"""Evaluations through the API: results, aligned prompts, leaderboards, refusals and the life of the job."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.evaluations import (
    CREATE,
    EVALUATION,
    LEADERBOARD,
    answers,
    created,
    ended,
    evaluated,
    from_source,
    stored_prompts,
)
from tests.support.traces import CREATE_SCORES, DELETE_TRACES, UNKNOWN_UUID, on_sqlite
from tunix_rt.domain.evaluations.statistics import compare_pairs, estimates

SMALL = [True] * 6 + [False] * 14
LARGE = [True] * 17 + [False] * 3
ALIGNED = "{ totalCount nodes { position scoreA scoreB traceA { finalAnswer prompt } traceB { finalAnswer } } }"
PAIRS = f"""
query ($id: ID!) {{
  evaluation(id: $id) {{
    pairs {{ nodes {{ wins {ALIGNED} losses {ALIGNED} ties {ALIGNED} bothWrong {ALIGNED} }} }}
    events {{ nodes {{ seq status progress reason }} }}
  }}
}}
"""
MANAGE = """
mutation ($id: ID!) {{
  {name}(input: {{ id: $id }}) {{ {wanted} errors {{ code message path }} }}
}}
"""


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """Twenty prompts, and the answers of two sources."""
    found = await stored_prompts(ask, store, 20)
    await store(*answers("small", SMALL), *answers("large", LARGE))
    return found


async def test_candidates_are_compared_and_the_result_is_frozen(ask: Ask, store: Store, dataset: dict[str, Any]):
    pending = await created(ask, "small", "large", datasetId=dataset["key"], seed=5)
    assert (pending["status"], pending["promptCount"], pending["pairs"]["nodes"]) == ("PENDING", 0, [])
    evaluation = await ended(ask, pending["id"])

    assert (evaluation["status"], evaluation["error"], evaluation["attempt"]) == ("COMPLETED", None, 1)
    assert (evaluation["promptCount"], evaluation["dataset"], evaluation["progress"]) == (20, {"key": "sums-1"}, 1)
    scores = np.column_stack([SMALL, LARGE]).astype(float)
    small, large = evaluation["candidates"]["nodes"]
    for found, expected in zip((small, large), estimates(scores, 5), strict=True):
        assert (found["mean"], found["low"], found["high"]) == expected
        assert (found["promptCount"], found["answerCount"], found["unscoredCount"]) == (20, 20, 0)
        assert (found["kind"], found["tokenCount"], found["run"], found["evaluation"]) == (
            "FILTER",
            None,
            None,
            {"name": "first"},
        )
    (pair,) = evaluation["pairs"]["nodes"]
    (expected_pair,) = compare_pairs(scores, 5)
    assert (pair["a"], pair["b"], pair["test"]) == ({"name": "small"}, {"name": "large"}, "MCNEMAR")
    assert (pair["difference"], pair["low"], pair["high"]) == expected_pair.difference
    assert (pair["pValue"], pair["pHolm"], pair["significant"]) == (expected_pair.p_value, expected_pair.p_holm, True)
    assert (pair["winCount"], pair["lossCount"], pair["tieCount"], pair["bothWrongCount"]) == (0, 11, 6, 3)
    assert pair["promptCount"] == 20
    assert pair["detectableDifference"] == expected_pair.power.detectable
    assert pair["promptsNeeded"] == expected_pair.power.prompts_needed

    details = (await ask(PAIRS, id="first"))["evaluation"]
    (aligned,) = details["pairs"]["nodes"]
    assert {name: found["totalCount"] for name, found in aligned.items()} == {
        "wins": 0,
        "losses": 11,
        "ties": 6,
        "bothWrong": 3,
    }
    assert aligned["losses"]["nodes"][0] == {
        "position": 6,
        "scoreA": 0,
        "scoreB": 1,
        "traceA": {"finalAnswer": "-1", "prompt": "What is 6 + 6?"},
        "traceB": {"finalAnswer": "12"},
    }
    events = details["events"]["nodes"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["status"], events[-1]["status"], events[-1]["progress"]) == ("PENDING", "COMPLETED", 1)

    await ask(DELETE_TRACES, input={"where": {"source": {"eq": "small"}}})
    assert (await ask(EVALUATION, id=evaluation["uuid"]))["evaluation"] == evaluation
    (aligned,) = (await ask(PAIRS, id="first"))["evaluation"]["pairs"]["nodes"]
    assert (aligned["losses"]["totalCount"], aligned["losses"]["nodes"][0]["traceA"]) == (11, None)
    assert aligned["losses"]["nodes"][0]["traceB"] == {"finalAnswer": "12"}


async def test_samples_of_a_prompt_count_as_one_and_given_scores_are_used(
    ask: Ask, store: Store, dataset: dict[str, Any]
):
    stored = await store(*answers("small", [True] * 4, externalId="again"), *answers("other", [True] * 3))
    graded = [{"traceId": found["id"], "scorer": "panel", "score": 0.25, "kind": "MODEL"} for found in stored[:-2]]
    await ask(CREATE_SCORES, input={"scores": graded})

    both = await evaluated(ask, "small", "other", datasetId=dataset["id"])
    newest = await evaluated(ask, "small", datasetId=dataset["id"], samplesPerPrompt=1, name="newest")
    given = await evaluated(ask, "small", "other", datasetId=dataset["id"], scorer="panel", name="panel")

    small, other = both["candidates"]["nodes"]
    assert (small["answerCount"], small["promptCount"], small["mean"]) == (24, 20, 6 / 20)
    assert (other["answerCount"], other["promptCount"], other["mean"]) == (3, 3, 1)
    (pair,) = both["pairs"]["nodes"]
    assert (pair["promptCount"], pair["tieCount"], pair["promptsNeeded"]) == (3, 3, None)
    assert [(found["answerCount"], found["mean"]) for found in newest["candidates"]["nodes"]] == [(20, 6 / 20)]
    assert newest["pairs"]["nodes"] == []
    first, second = given["candidates"]["nodes"]
    assert (first["mean"], first["promptCount"], first["unscoredCount"]) == (0.25, 4, 20)
    assert (second["mean"], second["promptCount"], second["unscoredCount"]) == (0.25, 1, 2)
    assert given["pairs"]["nodes"][0]["test"] == "PERMUTATION"


async def test_the_leaderboard_compares_candidates_of_all_evaluations(
    ask: Ask, store: Store, graphql: Execute, dataset: dict[str, Any]
):
    await store(*answers("medium", [True] * 11 + [False] * 9))
    await evaluated(ask, "small", "large", datasetId=dataset["id"])
    await evaluated(ask, "medium", "large", datasetId=dataset["id"], name="second")

    board = (await ask(LEADERBOARD, dataset=dataset["key"]))["leaderboard"]

    names = [entry["candidate"]["name"] for entry in board["entries"]]
    assert names == ["large", "medium", "small"]
    assert [entry["candidate"]["evaluation"]["name"] for entry in board["entries"]] == ["second", "second", "first"]
    assert [(entry["bestRank"], entry["worstRank"]) for entry in board["entries"]] == [(1, 2), (1, 3), (2, 3)]
    assert [entry["groups"] for entry in board["entries"]] == [[0], [0, 1], [1]]
    assert [len(group["candidateUuids"]) for group in board["groups"]] == [2, 2]
    linked = await ask("query ($id: ID!) { dataset(id: $id) { evaluations { nodes { name } } } }", id=dataset["id"])
    assert linked["dataset"]["evaluations"]["nodes"] == [{"name": "second"}, {"name": "first"}]
    assert (await ask(LEADERBOARD, dataset=dataset["key"], scorer="length"))["leaderboard"] == {
        "entries": [],
        "groups": [],
    }
    (error,) = (await graphql(LEADERBOARD, {"dataset": dataset["key"], "scorer": "answer_mach"}))["errors"]
    assert error["extensions"]["argumentPath"] == ["scorer"]
    assert error["message"].endswith("Did you mean 'answer_match'?")


@on_sqlite
async def test_what_cannot_be_evaluated_is_refused(ask: Ask, store: Store, dataset: dict[str, Any]):
    async def refusals(**given: Any) -> list[tuple[str, str]]:
        wanted = {"name": "x", "datasetId": dataset["id"], "scorer": "answer_match", "candidates": [from_source("a")]}
        payload = (await ask(CREATE, input=wanted | given))["createEvaluation"]
        assert payload["evaluation"] is None
        return [(error["code"], ".".join(error["path"])) for error in payload["errors"]]

    bad = "BAD_USER_INPUT"
    assert await refusals(scorer="nobody") == [(bad, "input.scorer")]
    assert await refusals(candidates=[]) == [(bad, "input.candidates")]
    stepped = [from_source("a") | {"checkpointStep": 3}]
    assert await refusals(candidates=stepped) == [(bad, "input.candidates.0.checkpointStep")]
    model = [{"name": "m", "modelId": "tiny-random/qwen3"}]
    assert await refusals(candidates=model, sampling={"temperature": -1, "topP": 2}, seed=2**40) == [
        (bad, f"input.{field}") for field in ("sampling.temperature", "sampling.topP", "seed")
    ]
    many = [from_source(str(number)) for number in range(21)]
    assert await refusals(candidates=many) == [(bad, "input.candidates")]
    twice = [from_source("a"), from_source("a"), from_source("")]
    assert await refusals(candidates=twice) == [(bad, "input.candidates.1.name"), (bad, "input.candidates.2.name")]
    assert await refusals(name="", samplesPerPrompt=65, seed=-1) == [
        (bad, "input.name"),
        (bad, "input.samplesPerPrompt"),
        (bad, "input.seed"),
    ]
    without = [{"name": "a"}, {"name": "b", "generationId": UNKNOWN_UUID, "where": {}}]
    assert await refusals(candidates=without[:1]) == [(bad, "input.candidates.0")]
    assert await refusals(candidates=without[1:]) == [(bad, "input.candidates.0")]
    unknown = [{"name": "a", "generationId": UNKNOWN_UUID}]
    assert await refusals(candidates=unknown) == [("NOT_FOUND", "input.candidates.0.generationId")]
    assert await refusals(datasetId=UNKNOWN_UUID) == [("NOT_FOUND", "input.datasetId")]
    assert await refusals(datasetId="nothing-1") == [("NOT_FOUND", "input.datasetId")]
    await evaluated(ask, "small", datasetId=dataset["id"], idempotencyKey="once")
    assert (await created(ask, "small", datasetId=dataset["id"], idempotencyKey="once"))["status"] == "COMPLETED"
    assert await refusals(name="first") == [("CONFLICT", "input.name")]

    nowhere = await ended(ask, (await created(ask, "small", "nowhere", datasetId=dataset["id"], name="none"))["id"])

    assert (nowhere["status"], nowhere["error"]["code"], nowhere["pairs"]["nodes"]) == ("FAILED", bad, [])
    assert nowhere["error"]["message"] == "The candidate 'nowhere' has no answer to any of the dataset's 20 prompts."
    assert [found["mean"] for found in nowhere["candidates"]["nodes"]] == [None, None]


@on_sqlite
async def test_an_evaluation_is_retried_and_deleted_and_cannot_be_cancelled_once_it_has_ended(
    ask: Ask, store: Store, dataset: dict[str, Any]
):
    async def manage(name: str, wanted: str = "evaluation { status attempt }", which: str = "first") -> Any:
        return (await ask(MANAGE.format(name=name, wanted=wanted), id=which))[name]

    failed = await ended(ask, (await created(ask, "late", datasetId=dataset["id"]))["id"])
    cancelled = await manage("cancelEvaluation")
    again = await manage("retryEvaluation")
    failed_again = await ended(ask, "first")
    await evaluated(ask, "large", datasetId=dataset["id"], name="second")
    refused = await manage("retryEvaluation", which="second")

    assert (failed["status"], failed_again["status"], failed_again["attempt"]) == ("FAILED", "FAILED", 2)
    assert [found["errors"][0]["code"] for found in (cancelled, refused)] == ["CONFLICT", "CONFLICT"]
    assert again["evaluation"] == {"status": "PENDING", "attempt": 1}
    deleted = (await manage("deleteEvaluation", "deletedUuid"))["deletedUuid"]
    assert deleted == failed["uuid"]
    assert (await ask(EVALUATION, id=deleted))["evaluation"] is None
    missing = await manage("deleteEvaluation", "deletedUuid", which=deleted)
    assert missing["errors"][0]["code"] == "NOT_FOUND"
