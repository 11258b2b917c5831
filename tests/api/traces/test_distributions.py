"""Distributions over traces: histograms that add up, of all traces and of filtered ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import CREATE_DATASET, CREATE_SCORE, code_of, on_sqlite, trace_input
from tunix_rt.domain.traces.distributions import Bins

HISTOGRAM = "{ count min max bins { low high count } }"
QUERY = f"""
query ($where: TraceWhere, $bins: Int! = 30) {{
  traceDistributions(where: $where, bins: $bins) {{
    traceCount
    stepCount {HISTOGRAM}
    charCount {HISTOGRAM}
    scores {{ scorer histogram {HISTOGRAM} }}
    sources {{ source count }}
  }}
}}
"""


async def distributions(ask: Ask, **arguments: Any) -> dict[str, Any]:
    """Returns the distributions."""
    found: dict[str, Any] = (await ask(QUERY, **arguments))["traceDistributions"]
    return found


def bars(histogram: dict[str, Any]) -> list[tuple[float, float, int]]:
    """Returns the bins of a histogram, whose counts add up."""
    assert sum(one["count"] for one in histogram["bins"]) == histogram["count"]
    return [(one["low"], one["high"], one["count"]) for one in histogram["bins"]]


def steps(number: int) -> list[dict[str, str]]:
    """Returns that many steps."""
    return [{"type": "t", "content": "c"}] * number


async def score(ask: Ask, trace: dict[str, Any], value: float, scorer: str = "ada", **fields: Any) -> None:
    """Stores a score."""
    given = {"traceId": trace["id"], "scorer": scorer, "score": value} | fields
    assert (await ask(CREATE_SCORE, input=given))["createScore"]["errors"] == []


async def test_histograms_of_all_and_of_some_traces(ask: Ask, store: Store):
    empty = await distributions(ask)
    assert empty["stepCount"] == {"count": 0, "min": None, "max": None, "bins": []}
    assert (empty["traceCount"], empty["scores"], empty["sources"]) == (0, [], [])
    stored = await store(
        *(trace_input(f"{n}", steps=steps(n), meta={"source": "even" if n % 2 == 0 else "odd"}) for n in (1, 2, 2, 6))
    )
    for trace, value in zip(stored, (0.0, 9.0, 0.5, 1.0), strict=True):
        await score(ask, trace, value)
    await score(ask, stored[1], 0.25)
    await score(ask, stored[0], 7.0, stepIndex=0)
    await score(ask, stored[3], 3.0, scorer="bob")

    found = await distributions(ask, bins=3)
    assert found["traceCount"] == 4
    assert bars(found["stepCount"]) == [(1, 3, 3), (3, 5, 0), (5, 7, 1)]
    assert sum(one[2] for one in bars(found["charCount"])) == 4
    ada, bob = found["scores"]
    assert (ada["scorer"], ada["histogram"]["min"], ada["histogram"]["max"]) == ("ada", 0.0, 1.0)
    assert [one[2] for one in bars(ada["histogram"])] == [2, 1, 1]
    assert (bob["scorer"], bars(bob["histogram"])) == ("bob", [(3.0, 3.0, 1)])
    assert found["sources"] == [{"source": "even", "count": 3}, {"source": "odd", "count": 1}]

    even = await distributions(ask, bins=2, where={"source": {"eq": "even"}})
    assert bars(even["stepCount"]) == [(2, 5, 2), (5, 8, 1)]
    assert [one[2] for one in bars(even["scores"][0]["histogram"])] == [2, 1]
    scored = await distributions(ask, where={"scores": {"some": {"scorer": {"eq": "bob"}, "latest": True}}})
    assert (scored["traceCount"], [one["scorer"] for one in scored["scores"]]) == (1, ["ada", "bob"])
    await ask(CREATE_DATASET, input={"name": "d", "version": "1", "where": {"source": {"eq": "odd"}}})
    members = await distributions(ask, where={"datasets": {"some": {"key": {"eq": "d-1"}}}})
    assert members["traceCount"] == 1


async def test_extreme_scores(ask: Ask, store: Store):
    traces = await store(*(trace_input(str(n)) for n in range(4)))
    for scorer, values in (
        ("far", (-1.7e308, 1.7e308, 0.0, 1.0)),
        ("near", (0.0, 5e-324, 0.0, 1e-323)),
        ("mixed", (5e-324, 1e307, 0.0, 1.0)),
    ):
        for trace, value in zip(traces, values, strict=True):
            await score(ask, trace, value, scorer)

    found = {one["scorer"]: one["histogram"] for one in (await distributions(ask, bins=4))["scores"]}

    assert [one[2] for one in bars(found["mixed"])] == [3, 0, 0, 1]
    assert {name: histogram["count"] for name, histogram in found.items()} == {"far": 4, "near": 4, "mixed": 4}


@on_sqlite
async def test_the_number_of_bins_is_limited(graphql: Execute):
    for bins in (0, 101):
        assert code_of(await graphql(QUERY, {"bins": bins})) == "BAD_USER_INPUT"


@pytest.mark.parametrize(("low", "high", "most"), [(1, 1, 30), (1, 30, 30), (1, 31, 30), (1, 10_000, 7), (0, 5, 100)])
def test_bins_of_integers_cover_the_range(low: int, high: int, most: int):
    bins = Bins.of_integers(low, high, most)

    edges = bins.edges()
    assert len(edges) - 1 == bins.number <= most
    assert edges[-2] <= high < edges[-1]
