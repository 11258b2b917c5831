"""Children that PostgreSQL returns with the rows of a page, in the page's own statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.property.conftest import Twins
from tunix_rt.api.lists import reading
from tunix_rt.db.children import arrays

EVERY = "id uuid scorer scorerVersion kind score stepIndex scoredAt createdBy __typename"
READ_AHEAD = [
    f"{{ traces {{ nodes {{ id latestScores {{ {EVERY} }} }} }} }}",
    f"{{ traces(first: 7) {{ nodes {{ scores(first: 3) {{ nodes {{ {EVERY} }} pageInfo {{ hasNextPage }} }} }} }} }}",
    "{ traces(first: 1) { nodes { scores(first: 1) { edges { node { score } } pageInfo { hasNextPage } } } } }",
    "{ traces(last: 5) { nodes { scores(last: 2) { nodes { id } pageInfo { hasPreviousPage } } } } }",
    "{ traces { edges { node { scores(first: 0) { nodes { id } pageInfo { hasNextPage } } } } } }",
    "{ traces { nodes { scores(orderBy: [{field: STEP_INDEX}, {field: SCORE, direction: DESC}]) { nodes { id } } } } }",
    "{ traces { nodes { a: scores(first: 1) { nodes { id } } b: scores(first: 2) { nodes { score } } } } }",
    """{ traces { nodes { ...F latestScores { id } } edges { node { ...F scores(first: 2) { nodes { kind } } } } } }
    fragment F on Trace { scores(first: 2) { nodes { score } } }""",
    "{ traces(first: 3) { nodes { prompt meta latestScores { score trace { id stepCount } } } } }",
    "{ traces(orderBy: [{field: SOURCE}, {field: STEP_COUNT, direction: DESC}]) { nodes { id latestScores { id } } } }",
]
READ_APART = [
    # each list of the repository's other children, which are empty here
    "{ runs { nodes { events(first: 2) { nodes { seq } } logs(first: 2) { nodes { text } } } } }",
    "{ traces { nodes { scores(first: 2) { totalCount nodes { id } } } } }",
    "{ traces { nodes { scores(first: 2) { nodes { id } pageInfo { endCursor } } } } }",
    "{ traces { nodes { scores(first: 2) { nodes { rationale details } } } } }",
    "{ traces { nodes { latestScores { rationale } } } }",
    "{ traces { nodes { scores(where: {score: {gt: 0}}) { nodes { id } } } } }",
    "{ traces(where: {stepCount: {gt: 0}}) { nodes { latestScores { id } } } }",
    "{ traces(first: 400) { nodes { scores(first: 50) { nodes { id } } } } }",
    "{ traces { nodes { scores(first: 501) { nodes { id } } } } }",
]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch, *, allowed: bool = True) -> Iterator[list[Any]]:
    """Collects the pages that are read with their children.

    Args:
        allowed: whether any may be.
    """
    pages: list[Any] = []

    async def observed(*arguments: Any, **options: Any) -> Any:
        pages.append(arguments)
        return await arrays.page_with_children(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(reading, "page_with_children", observed)
        if not allowed:
            patch.setattr(reading, "readable_ahead", lambda *_: {})
        yield pages


async def test_answers_are_those_of_separate_statements(peopled: Twins, monkeypatch: pytest.MonkeyPatch):
    for query in READ_AHEAD + READ_APART:
        with counted(monkeypatch) as pages:
            found = await peopled.ask(query)
        with counted(monkeypatch, allowed=False) as none:
            expected = await peopled.ask(query)

        assert found == expected, query
        assert found[0] == found[1], query
        assert len(pages) == (query in READ_AHEAD), query
        assert none == []
