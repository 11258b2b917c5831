"""Floats and instants at the ends of their ranges are stored, compared, ordered, summed up and answered exactly."""

from __future__ import annotations

import sys
from fractions import Fraction

import httpx
import pytest

from tests.support.api import Ask, Store
from tests.support.ingest import ingest, scored
from tests.support.traces import trace_input

FLOATS = [5e-324, 1e-320, sys.float_info.min, 1e-300, 1.0, 1e300, sys.float_info.max]
LEAST, GREATEST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
INSTANTS = [LEAST, "0001-01-01T00:00:00.000001Z", "9999-12-31T23:59:59.999998Z", GREATEST]
SCORES = """
query ($where: ScoreWhere, $orderBy: [ScoreOrder!], $first: Int, $after: String) {
  scores(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    totalCount nodes { score scoredAt } pageInfo { endCursor }
  }
}
"""
SUMMARIES = """
mutation ($input: CreateDatasetInput!) {
  createDataset(input: $input) { dataset { stats { scores { count mean low high } } } errors { message } }
}
"""
CREATE = "mutation ($input: CreateScoreInput!) { createScore(input: $input) { score { score } errors { message } } }"


async def give(ask: Ask, trace_id: str, score: float, scorer: str = "ada") -> None:
    """Stores a score."""
    payload = (await ask(CREATE, input={"traceId": trace_id, "scorer": scorer, "score": score}))["createScore"]
    assert payload == {"score": {"score": score}, "errors": []}


@pytest.mark.parametrize("sign", [1, -1])
async def test_scores_at_the_ends_of_floats(ask: Ask, store: Store, sign: int):
    given = [sign * number for number in FLOATS]
    for trace, number in zip(await store(*(trace_input() for _ in given)), given, strict=True):
        await give(ask, trace["id"], number)

    ordered = (await ask(SCORES, orderBy=[{"field": "SCORE", "direction": "ASC"}]))["scores"]["nodes"]
    assert [node["score"] for node in ordered] == sorted(given)
    for number in given:
        for operator, expected in (("eq", 1), ("in", 1), ("lt", sorted(given).index(number))):
            where = {"score": {operator: [number] if operator == "in" else number}}
            assert (await ask(SCORES, where=where))["scores"]["totalCount"] == expected, (operator, number)


MEANS = {
    "the smallest": [5e-324, 5e-324],
    "subnormal": [1e-320],
    "the largest": [sys.float_info.max] * 3,
    "both": [sys.float_info.max, 1e-320, -sys.float_info.max],
    "opposite": [-sys.float_info.max, sys.float_info.max],
    "ordinary": [0.1, 0.2, 0.3, 2.0, 1e-9],
}


@pytest.mark.parametrize("name", MEANS)
async def test_a_dataset_sums_up_scores_of_any_size(ask: Ask, store: Store, name: str):
    given = MEANS[name]
    for trace, number in zip(await store(*(trace_input() for _ in given)), given, strict=True):
        await give(ask, trace["id"], number)

    payload = (await ask(SUMMARIES, input={"name": "d", "version": "1"}))["createDataset"]

    assert payload["errors"] == []
    (summary,) = payload["dataset"]["stats"]["scores"]
    mean = float(sum(map(Fraction, given)) / len(given))
    assert (summary["count"], summary["low"], summary["high"]) == (len(given), min(given), max(given))
    assert summary["mean"] == pytest.approx(mean, rel=1e-12, abs=1e-323)


async def test_times_at_the_ends_of_the_calendar_keep_their_zone(ask: Ask, app_client: httpx.AsyncClient):
    lines = [scored(f"prompt {place}", place, scored_at=at) for place, at in enumerate(INSTANTS)]
    assert (await ingest(app_client, lines))["scores"] == len(INSTANTS)
    assert (await ingest(app_client, lines))["scores"] == 0, "they are known"

    nodes = (await ask(SCORES, orderBy=[{"field": "SCORED_AT", "direction": "ASC"}]))["scores"]["nodes"]
    assert [node["scoredAt"] for node in nodes] == INSTANTS
    assert (await ask(SCORES, where={"scoredAt": {"eq": LEAST}}))["scores"]["totalCount"] == 1
    assert (await ask(SCORES, where={"scoredAt": {"lt": GREATEST}}))["scores"]["totalCount"] == 3
    walked: list[str] = []
    after = None
    while len(walked) < len(INSTANTS):
        order = [{"field": "SCORED_AT", "direction": "DESC"}]
        page = (await ask(SCORES, orderBy=order, first=1, after=after))["scores"]
        walked, after = [*walked, page["nodes"][0]["scoredAt"]], page["pageInfo"]["endCursor"]
    assert walked == INSTANTS[::-1]
