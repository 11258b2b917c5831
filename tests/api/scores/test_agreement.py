"""The agreement of two scorers equals an independent computation, and its disagreements are a connection."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import code_of, on_sqlite, trace_input
from tunix_rt.domain.scores.agreement import Confusion

AGREEMENT = """
query ($where: TraceWhere, $threshold: Float! = 1, $b: Float, $first: Int, $after: String, $inner: TraceWhere) {
  scorerAgreement(a: "grader", b: "ada", where: $where, threshold: $threshold, thresholdB: $b) {
    traceCount bothPassedCount onlyACount onlyBCount neitherCount agreement kappa
    disagreements(
      where: $inner, first: $first, after: $after, orderBy: [{ field: EXTERNAL_ID }]
    ) { totalCount pageInfo { endCursor hasNextPage } nodes { externalId latestScores { scorer score } } }
  }
}
"""
CREATE = "mutation ($input: CreateScoresInput!) { createScores(input: $input) { createdCount errors { message } } }"


async def give(
    ask: Ask, traces: list[dict[str, Any]], scorer: str, scores: Sequence[float | None], **fields: Any
) -> None:
    """Stores a scorer's scores of traces, where there are any."""
    given = [
        {"traceId": trace["id"], "scorer": scorer, "score": score} | fields
        for trace, score in zip(traces, scores, strict=True)
        if score is not None
    ]
    payload = (await ask(CREATE, input={"scores": given}))["createScores"]
    assert payload == {"createdCount": len(given), "errors": []}


async def test_the_latest_scores_are_compared_and_the_disagreements_listed(ask: Ask, store: Store):
    chance = random.Random(3)  # noqa: S311 - a sample of scores
    names = [f"t{n:02}" for n in range(60)]
    traces = await store(
        *(trace_input(externalId=name, meta={"source": "odd" if n % 2 else "even"}) for n, name in enumerate(names))
    )
    grader = [chance.choice([0.0, 0.5, 1.0]) for _ in names]
    ada = [None if chance.random() < 0.2 else score if chance.random() < 0.7 else 1.0 - score for score in grader]
    await give(ask, traces, "grader", [1.0 if score == 0 else 0.0 for score in grader])  # superseded
    await give(ask, traces[::-1], "grader", grader[::-1])  # the newest scores are those of the oldest traces
    await give(ask, traces[::-1], "ada", ada[::-1], kind="HUMAN")
    await give(ask, traces, "ada", [1.0] * len(traces), stepIndex=0)

    for threshold, b, parity in ((1.0, None, None), (0.5, None, None), (0.5, 1.0, None), (1.0, None, 1)):
        where = {} if parity is None else {"source": {"eq": "odd"}}
        found = (await ask(AGREEMENT, where=where, threshold=threshold, b=b))["scorerAgreement"]
        pairs: list[tuple[Any, bool, bool]] = [
            (name, left >= threshold, right >= (threshold if b is None else b))
            for n, (name, left, right) in enumerate(zip(names, grader, ada, strict=True))
            if right is not None and (parity is None or n % 2 == parity)
        ]
        count = len(pairs)
        observed = sum(left == right for _, left, right in pairs) / count
        share_a, share_b = sum(left for _, left, _ in pairs) / count, sum(right for _, _, right in pairs) / count
        chance_agreement = share_a * share_b + (1 - share_a) * (1 - share_b)
        assert found["traceCount"] == count
        assert found["bothPassedCount"] == sum(left and right for _, left, right in pairs)
        assert found["onlyACount"] == sum(left and not right for _, left, right in pairs)
        assert found["onlyBCount"] == sum(right and not left for _, left, right in pairs)
        assert found["agreement"] == pytest.approx(observed, abs=1e-12)
        assert found["kappa"] == pytest.approx((observed - chance_agreement) / (1 - chance_agreement), abs=1e-12)
        differing = [name for name, left, right in pairs if left != right]
        assert [node["externalId"] for node in found["disagreements"]["nodes"]] == differing
        assert found["disagreements"]["totalCount"] == len(differing)

    first = (await ask(AGREEMENT, first=2, inner={"source": {"eq": "odd"}}))["scorerAgreement"]["disagreements"]
    cursor = first["pageInfo"]["endCursor"]
    rest = (await ask(AGREEMENT, after=cursor, inner={"source": {"eq": "odd"}}))["scorerAgreement"]["disagreements"]
    assert first["pageInfo"]["hasNextPage"] is True
    assert [node["externalId"] for node in first["nodes"] + rest["nodes"]] == differing
    assert {score["scorer"] for score in first["nodes"][0]["latestScores"]} == {"grader", "ada"}


async def test_without_common_traces_there_is_no_agreement(ask: Ask, store: Store):
    stored = await store(trace_input("What is 1 + 1?"), trace_input("What is 2 + 2?"))
    await give(ask, stored, "grader", [1.0, None])
    await give(ask, stored, "ada", [None, 1.0])

    found = (await ask(AGREEMENT))["scorerAgreement"]

    assert (found["traceCount"], found["agreement"], found["kappa"]) == (0, None, None)
    assert found["disagreements"]["nodes"] == []


def test_kappa_is_known_only_where_chance_does_not_explain_all():
    assert Confusion(20, 5, 10, 15).kappa == pytest.approx(0.4)  # the example of Cohen's kappa in textbooks
    assert Confusion(10, 0, 0, 10).kappa == 1.0
    assert Confusion(0, 5, 5, 0).kappa == -1.0
    assert Confusion(10, 0, 0, 0).kappa is None
    assert Confusion(10, 0, 0, 0).agreement == 1.0


@on_sqlite
async def test_a_name_beyond_its_limit_is_refused(graphql: Execute):
    document = '{ scorerAgreement(a: "length", b: "") { traceCount } }'

    assert code_of(await graphql(document)) == "BAD_USER_INPUT"


@on_sqlite
@pytest.mark.parametrize(
    ("arguments", "argument", "message"),
    [
        ('a: "grader", b: "adda"', "b", "There is no scorer 'adda', and no score by it. Did you mean 'ada'?"),
        ('a: "answer_mach", b: "ada"', "a", "and no score by it. Did you mean 'answer_match'?"),
        ('a: "grader", b: "ada", threshold: 1e400', "threshold", "threshold must be a finite number; it is inf."),
        ('a: "grader", b: "ada", thresholdB: -1e400', "thresholdB", "thresholdB must be a finite number; it is -inf."),
    ],
)
async def test_misspelt_scorers_and_infinite_thresholds_are_refused(
    ask: Ask, store: Store, graphql: Execute, arguments: str, argument: str, message: str
):
    stored = await store(trace_input("What is 1 + 1?"))
    for scorer in ("grader", "ada"):
        await give(ask, stored, scorer, [1.0])
    assert (await ask('{ scorerAgreement(a: "grader", b: "length") { traceCount } }'))["scorerAgreement"] == {
        "traceCount": 0
    }

    (error,) = (await graphql(f"{{ scorerAgreement({arguments}) {{ traceCount }} }}"))["errors"]

    assert (error["extensions"]["code"], error["extensions"]["argumentPath"]) == ("BAD_USER_INPUT", [argument])
    assert message in error["message"]
