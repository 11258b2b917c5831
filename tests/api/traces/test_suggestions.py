"""Suggestions for filters: metadata paths, sources and scorers of what is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import CREATE_SCORE, code_of, on_sqlite, trace_input
from tunix_rt.domain.scores import storage
from tunix_rt.domain.traces import distributions, suggestions

PATHS = """
query ($where: TraceWhere, $first: Int) {
  metaPaths(where: $where, first: $first) { path kinds traceCount examples }
}
"""


async def paths(ask: Ask, **arguments: Any) -> list[tuple[str, str, int, list[Any]]]:
    """Returns each path with its kinds, its count and its examples."""
    found = (await ask(PATHS, **arguments))["metaPaths"]
    return [(".".join(use["path"]), " ".join(use["kinds"]), use["traceCount"], use["examples"]) for use in found]


async def test_metadata_paths(ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch):
    assert await paths(ask) == []
    metas: list[Any] = [
        {"old": 1},
        {"n": 1, "source": "s", "deep": {"a": {"b": True}, "empty": {}}},
        {"n": "1", "source": "s", "list": [1], "deep": {"a": {"b": None}}},
        {"n": 1.0, "source": "t", "long": "x" * 201, "": 1},
        {"huge": "x" * 20_000, "n": 2},
        None,
    ]
    await store(*(trace_input(f"p {place}", meta=meta) for place, meta in enumerate(metas)))
    monkeypatch.setattr(suggestions, "SAMPLE", 3)

    assert await paths(ask) == [
        ("n", "NUMBER STRING", 3, [1.0, "1"]),
        ("source", "STRING", 3, ["t", "s"]),
        ("deep.a.b", "BOOLEAN NULL", 2, [True]),
        ("list", "LIST", 1, []),
        ("long", "STRING", 1, []),
    ]
    assert await paths(ask, first=1, where={"source": {"eq": "s"}}) == [("deep.a.b", "BOOLEAN NULL", 2, [True])]
    assert await paths(ask, where={"meta": [{"path": ["old"], "exists": True}]}) == [("old", "NUMBER", 1, [1])]


async def test_few_and_short_values_are_examples(ask: Ask, store: Store):
    metas: list[Any] = [{"n": value} for value in (1, 2, 2.0, True, "x" * 201, "x" * 200, 3, 4, 5)]
    await store(*(trace_input(f"p {place}", meta=meta) for place, meta in enumerate(metas)))

    assert await paths(ask) == [("n", "BOOLEAN NUMBER STRING", 9, [5, 4, 3, "x" * 200, True])]


async def test_sources_and_scorers(ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch):
    query = "query ($where: TraceWhere) { sources(where: $where) { source count } scorersInUse { scorer low high } }"
    assert await ask(query) == {"sources": [], "scorersInUse": []}
    (trace, *_) = await store(*(trace_input(name, meta={"source": name} if name else None) for name in "bba"))
    await store(trace_input("none"))
    for scorer, score in (("z", 1), ("é", -2), ("z", 3), ("z", 2)):
        given = {"traceId": trace["id"], "scorer": scorer, "score": score}
        assert (await ask(CREATE_SCORE, input=given))["createScore"]["errors"] == []

    found = await ask(query)
    assert [(one["source"], one["count"]) for one in found["sources"]] == [("b", 2), ("a", 1), (None, 1)]
    assert found["scorersInUse"] == [
        {"scorer": "z", "low": 1.0, "high": 3.0},
        {"scorer": "é", "low": -2.0, "high": -2.0},
    ]
    assert (await ask(query, where={"source": {"ne": "b"}}))["sources"] == found["sources"][1:]
    monkeypatch.setattr(distributions, "SOURCES_MAX", 2)
    monkeypatch.setattr(storage, "SCORERS_MAX", 1)
    assert await ask(query) == {"sources": found["sources"][:2], "scorersInUse": found["scorersInUse"][:1]}


@on_sqlite
async def test_the_number_of_paths_is_limited(graphql: Execute):
    for first in (0, 501):
        assert code_of(await graphql(PATHS, {"first": first})) == "BAD_USER_INPUT"
