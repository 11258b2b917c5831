"""The sources of the web pages, where they have to agree with the server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from tests.support.repository import ROOT
from tunix_rt.http.pages import CLIENT_PATHS

EXAMPLES = sorted((ROOT / "client" / "web" / "graphiql" / "examples").glob("*.graphql"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_the_page_offers_operations_that_the_schema_allows(example: Path):
    schema = build_schema((ROOT / "schema.graphql").read_text())

    assert validate(schema, parse(example.read_text())) == []


def test_the_page_offers_operations():
    assert {example.stem for example in EXAMPLES} == {
        *("welcome", "search", "score", "watch"),
        *("datasets", "exports", "runs", "follow", "evaluate"),
    }


def test_graphiql_resumes_every_subscription_that_can_be_resumed():
    source = (ROOT / "client" / "web" / "graphiql" / "resumption.ts").read_text()
    places = re.findall(r'^  (\w+): "(\w+)",$', source, re.MULTILINE)
    subscriptions = build_schema((ROOT / "schema.graphql").read_text()).subscription_type

    assert subscriptions is not None
    assert {name for name, _ in places} == {
        name for name, field in subscriptions.fields.items() if "after" in field.args
    }


def test_the_web_client_has_these_pages():
    source = ROOT / "client" / "web" / "src"
    routes = "".join(path.read_text() for path in sorted((source / "features").glob("*/routes.ts")))
    sidebar = re.findall(r'\bpath: "([^"]*)"', (source / "app" / "pages.ts").read_text())

    assert {f"/{path}" for path in re.findall(r'\bpath: "([^"/]*)', routes)} == set(CLIENT_PATHS)
    assert set(sidebar) <= {"/", *CLIENT_PATHS}
