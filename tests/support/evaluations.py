"""Requests for the tests of evaluations, and answers to evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support.api import Ask, Store
from tests.support.traces import CREATE_DATASET, trace_input
from tests.support.waiting import until

FIELDS = """
  id uuid name datasetKey scorer samplesPerPrompt seed promptCount status progress attempt error { code message }
  dataset { key }
  candidates {
    nodes {
      id uuid name kind mean low high promptCount answerCount unscoredCount tokenCount modelId run { id }
      evaluation { name }
    }
  }
  pairs {
    nodes {
      id a { name } b { name } difference low high test pValue pHolm significant promptCount
      winCount lossCount tieCount bothWrongCount detectableDifference promptsNeeded
    }
  }
"""
CREATE = f"""
mutation ($input: CreateEvaluationInput!) {{
  createEvaluation(input: $input) {{ evaluation {{ {FIELDS} }} errors {{ code message path }} }}
}}
"""
EVALUATION = f"query ($id: ID!) {{ evaluation(id: $id) {{ {FIELDS} }} }}"
LEADERBOARD = """
query ($dataset: ID!, $scorer: String! = "answer_match") {
  leaderboard(datasetId: $dataset, scorer: $scorer) {
    entries { candidate { name mean evaluation { name } } bestRank worstRank groups }
    groups { candidateUuids }
  }
}
"""
ENDS = {"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"}


def from_source(name: str) -> dict[str, Any]:
    """A candidate: the answers of one source."""
    return {"name": name, "where": {"source": {"eq": name}}}


def answers(source: str, right: Sequence[bool], **fields: Any) -> list[dict[str, Any]]:
    """Answers of one source to the first prompts, each right or wrong."""
    return [
        trace_input(
            f"What is {number} + {number}?",
            finalAnswer=str(2 * number if is_right else -1),
            referenceAnswer=str(2 * number),
            meta={"source": source},
            **fields,
        )
        for number, is_right in enumerate(right)
    ]


async def stored_prompts(ask: Ask, store: Store, count: int) -> dict[str, Any]:
    """The dataset of ``count`` prompts."""
    await store(*answers("prompts", [True] * count))
    order = [{"field": "CREATED_AT", "direction": "ASC"}]
    given = {"name": "sums", "version": "1", "where": {"source": {"eq": "prompts"}}, "orderBy": order}
    payload = (await ask(CREATE_DATASET, input=given))["createDataset"]
    assert payload["errors"] == []
    found: dict[str, Any] = payload["dataset"]
    return found


async def created(ask: Ask, *candidates: str, **given: Any) -> dict[str, Any]:
    """An evaluation that was just created, of candidates that are sources."""
    wanted = {"candidates": [from_source(name) for name in candidates], "scorer": "answer_match", "name": "first"}
    payload = (await ask(CREATE, input=wanted | given))["createEvaluation"]
    assert payload["errors"] == []
    evaluation: dict[str, Any] = payload["evaluation"]
    return evaluation


async def ended(ask: Ask, evaluation_id: str) -> dict[str, Any]:
    """An evaluation once it has ended."""

    async def look() -> Any:
        evaluation = (await ask(EVALUATION, id=evaluation_id))["evaluation"]
        return evaluation if evaluation["status"] in ENDS else None

    evaluation: dict[str, Any] = await until(look, "the evaluation did not end")
    return evaluation


async def evaluated(ask: Ask, *candidates: str, **given: Any) -> dict[str, Any]:
    """An evaluation that has completed."""
    evaluation = await ended(ask, (await created(ask, *candidates, **given))["id"])
    assert evaluation["status"] == "COMPLETED", evaluation
    return evaluation
