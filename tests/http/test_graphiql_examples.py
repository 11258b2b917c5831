"""The operations that GraphiQL offers in its tabs."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from tests.support.repository import ROOT

EXAMPLES = sorted((ROOT / "client" / "web" / "graphiql" / "examples").glob("*.graphql"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_the_page_offers_operations_that_the_schema_allows(example: Path):
    schema = build_schema((ROOT / "schema.graphql").read_text())

    assert validate(schema, parse(example.read_text())) == []


def test_the_page_offers_operations():
    assert {example.stem for example in EXAMPLES} == {
        *("welcome", "search", "score", "watch"),
        *("datasets", "exports", "runs"),
    }
