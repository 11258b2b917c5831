"""A partial schema has the fields that a query names, and answers as the whole one; it imports no other nouns."""

from __future__ import annotations

import pytest
from graphql import GraphQLObjectType

from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.partial.root_fields import MODULES
from tunix_rt.api.partial.schema import PartialSchema, partial_schema
from tunix_rt.api.schema import build_schema
from tunix_rt.settings import Settings

NODES = {"node", "nodes"}
"""The root fields that need all nouns."""


def fields_of(schema: PartialSchema, name: str) -> set[str]:
    """Returns the fields of a type."""
    return set(schema._schema.type_map[name].fields)  # type: ignore[attr-defined]


def test_every_root_field_is_in_the_table():
    whole = build_schema(Limits.of(Settings()), read_only=True)._schema.query_type

    assert isinstance(whole, GraphQLObjectType)
    assert MODULES.keys() == whole.fields.keys() - NODES


def test_types_have_the_fields_that_the_query_and_its_variables_name():
    document = "query ($where: TraceWhere) { traces(where: $where) { nodes { prompt latestScores { score } } } }"
    schema = partial_schema(document, {"where": {"or": [{"source": {"eq": "a"}}, {"scores": {"some": {}}}]}})

    assert schema is not None
    assert fields_of(schema, "Query") == {"traces"}
    assert fields_of(schema, "Trace") >= {"id", "prompt", "latestScores"}
    assert not fields_of(schema, "Trace") & {"steps", "finalAnswer", "datasets", "producedBy"}
    assert fields_of(schema, "TraceWhere") == {"or", "source", "scores"}
    assert not {"Run", "Dataset", "Export", "Mutation"} & schema._schema.type_map.keys()


@pytest.mark.parametrize(
    "document",
    [
        'query { node(id: "x") { id } }',
        "query { unknown }",
        "query { ...all } fragment all on Query { traces { totalCount } }",
        "mutation { deleteTraces(input: {}) { deletedCount } }",
        "query A { traces { totalCount } } subscription B { traceCreated { id } }",
    ],
)
def test_other_operations_have_none(document: str):
    assert partial_schema(document, {}) is None
