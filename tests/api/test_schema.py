"""The schema keeps the conventions that docs promise, element by element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
)
from graphql import build_schema as read_schema

from tests.support.schema_elements import arguments, fields, own_types, schema, sdl

__all__ = ["schema", "sdl"]


VERBS = [
    "create",
    "import",
    "score",
    "delete",
    "export",
    "start",
    "cancel",
    "retry",
    "generate",
    "verify",
    "split",
    "update",
    "replay",
    "revoke",
    "rotate",
    "register",
    "append",
    "finish",
]


PAGE_ARGUMENTS = ["where", "orderBy", "first", "after", "last", "before"]


SCALARS = {"ID", "String", "Int", "Float", "Boolean", "DateTime", "UUID", "JSON", "BigInt"}


FREE_FORM = {
    "RegisterRunInput.parameters",
    "Run.parameters",
    "MetaPath.examples",
    "ComparedTrace.details",
    "CreateScoreInput.details",
    "ScoreInput.details",
    "SelectionRecipe.where",
    "ImportedRecipe.manifest",
    "MetaFilter.contains",
    "MetaFilter.eq",
    "MetaFilter.gt",
    "MetaFilter.gte",
    "MetaFilter.in",
    "MetaFilter.lt",
    "MetaFilter.lte",
    "MetaFilter.ne",
    "MetaFilter.notIn",
    "Score.details",
    "Trace.meta",
    "TraceInput.meta",
}
"""The only places that take or give any JSON: what users define themselves."""


def elements(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Everything in the schema that a reader may ask the meaning of."""
    for found in own_types(schema):
        yield found.name, found
        if isinstance(found, GraphQLEnumType):
            yield from ((f"{found.name}.{name}", value) for name, value in found.values.items())
    for path, field in fields(schema):
        yield path, field
        yield from ((f"{path}({name})", argument) for name, argument in getattr(field, "args", {}).items())


def connections(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    """Every connection type."""
    return [found for found in own_types(schema) if found.name.endswith("Connection")]


def test_every_element_has_a_description(schema: GraphQLSchema):
    silent = [path for path, element in elements(schema) if not (element.description or "").strip()]

    assert silent == []


def test_descriptions_are_sentences(schema: GraphQLSchema):
    unfinished = [path for path, element in elements(schema) if not element.description.strip().endswith(".")]

    assert unfinished == []


RIDDLES = re.compile(r"(What|That|As|Nothing|How|Which|Where|It|Its|Whatever|This one)\b")
"""First words of a description that must be decoded: it names the thing instead, with the field's own term."""


def test_descriptions_begin_with_the_thing(schema: GraphQLSchema):
    riddles = {
        path: element.description for path, element in elements(schema) if RIDDLES.match(element.description.strip())
    }

    assert riddles == {}


def test_enum_values_are_upper_snake(schema: GraphQLSchema):
    enums = [found for found in own_types(schema) if isinstance(found, GraphQLEnumType)]

    assert enums
    wrong = [
        f"{enum.name}.{name}"
        for enum in enums
        for name in enum.values
        if not re.fullmatch(r"[A-Z]+(_[A-Z][A-Z0-9]*)*", name)
    ]
    assert wrong == []


def test_names_of_types_and_fields(schema: GraphQLSchema):
    assert [found.name for found in own_types(schema) if not re.fullmatch(r"[A-Z][A-Za-z]*", found.name)] == []
    assert [path for path, _ in fields(schema) if not re.fullmatch(r"[a-z][A-Za-z0-9]*", path.partition(".")[2])] == []


def test_mutations_are_verb_and_noun_with_one_input_and_a_payload(schema: GraphQLSchema):
    assert schema.mutation_type is not None
    assert schema.mutation_type.fields
    for name, field in schema.mutation_type.fields.items():
        title = name[0].upper() + name[1:]
        assert re.fullmatch(f"({'|'.join(VERBS)})[A-Z][A-Za-z]*", name)
        assert {key: str(argument.type) for key, argument in field.args.items()} == {"input": f"{title}Input!"}
        assert str(field.type) == f"{title}Payload!"
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["errors"].type) == "[UserError!]!"


def test_creating_mutations_take_an_idempotency_key(schema: GraphQLSchema):
    creating = {
        name: set(found.fields)
        for name, found in schema.type_map.items()
        if name.startswith("Create") and isinstance(found, GraphQLInputObjectType)
    }

    assert set(creating) >= {"CreateTraceInput", "CreateTracesInput", "CreateScoreInput"}
    assert [name for name, names in creating.items() if "idempotencyKey" not in names] == []


def test_every_payload_field_but_errors_and_counts_may_be_empty(schema: GraphQLSchema):
    payloads = [found for found in own_types(schema) if found.name.endswith("Payload")]

    assert payloads
    for payload in payloads:
        first = next(iter(payload.fields.values()))
        assert not str(first.type).endswith("!"), f"{payload.name} cannot be refused: its result is never null"


def test_connections_have_the_same_four_fields(schema: GraphQLSchema):
    assert connections(schema)
    for connection in connections(schema):
        noun = connection.name.removesuffix("Connection")
        assert {name: str(field.type) for name, field in connection.fields.items()} == {
            "edges": f"[{noun}Edge!]!",
            "nodes": f"[{noun}!]!",
            "pageInfo": "PageInfo!",
            "totalCount": "BigInt!",
        }
        edge = schema.type_map[f"{noun}Edge"]
        assert isinstance(edge, GraphQLObjectType)
        assert {name: str(field.type) for name, field in edge.fields.items()} == {
            "cursor": "String!",
            "node": f"{noun}!",
        }


COMPUTED = {"Query.traceGroups": {"having", "scorer", "correctAt"}}
"""The connections whose rows are computed, and the arguments that they are computed by."""


COMPUTED_WHERE = {"Query.traceGroups": "TraceWhere"}
"""The filters of what such rows are computed from."""


def test_fields_that_are_connections_take_the_same_arguments_in_the_same_order(schema: GraphQLSchema):
    paged = {path: field for path, field in fields(schema) if str(field.type).endswith("Connection!")}

    assert set(paged) >= {"Query.traces", "Query.scores", "Trace.scores"}
    for path, field in paged.items():
        noun = str(field.type).removesuffix("Connection!")
        own = {name: str(found.type) for name, found in field.args.items() if name not in COMPUTED.get(path, ())}
        assert list(own) == PAGE_ARGUMENTS, path
        assert list(own.values()) == [
            COMPUTED_WHERE.get(path, f"{noun}Where"),
            f"[{noun}Order!]",
            "Int",
            "String",
            "Int",
            "String",
        ]


def test_every_node_is_found_by_its_id(schema: GraphQLSchema):
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)

    names = {found.name for found in schema.get_possible_types(node)}
    assert names == {
        "Trace",
        "Score",
        "Dataset",
        "Export",
        "Run",
        "RunArtifact",
        "SavedView",
        "Rubric",
        "AuditEvent",
    } | {
        "Contamination",
        "Generation",
        "ContaminatedPair",
        "ProtectedSet",
        "Evaluation",
        "EvaluationCandidate",
        "EvaluationPair",
        "ApiKey",
    }
    for name in names:
        found = schema.type_map[name]
        assert isinstance(found, GraphQLObjectType)
        assert (str(found.fields["id"].type), str(found.fields["uuid"].type)) == ("ID!", "UUID!")
    assert schema.query_type is not None
    assert str(schema.query_type.fields["node"].type) == "Node"
    assert str(schema.query_type.fields["nodes"].type) == "[Node]!"


def test_scalars_are_the_listed_ones(schema: GraphQLSchema):
    scalars = {
        name
        for name, found in schema.type_map.items()
        if type(found).__name__ == "GraphQLScalarType" and not name.startswith("__")
    }

    assert scalars <= SCALARS


def test_any_json_is_taken_only_where_users_define_it(schema: GraphQLSchema):
    anything = {path for path, field in fields(schema) if get_named_type(field.type).name == "JSON"}
    arguments = [
        f"{path}({name})"
        for path, field in fields(schema)
        for name, argument in getattr(field, "args", {}).items()
        if get_named_type(argument.type).name == "JSON"
    ]

    assert anything == FREE_FORM
    assert arguments == []


def test_filters_can_be_combined(schema: GraphQLSchema):
    wheres = [found for found in own_types(schema) if found.name.endswith("Where")]

    assert {found.name for found in wheres} >= {"TraceWhere", "ScoreWhere"}
    for where in wheres:
        kinds = {name: str(where.fields[name].type) for name in ("and", "or", "not")}
        assert kinds == {"and": f"[{where.name}!]", "or": f"[{where.name}!]", "not": where.name}


def test_nothing_is_null_by_default(schema: GraphQLSchema):
    assert [path for path, element in arguments(schema) if element.default_value is None] == []


def test_no_page_size_has_a_default(schema: GraphQLSchema):
    """The cost of an operation is counted without the schema, so its arguments must determine the number of rows."""
    sizes = [
        (path, element)
        for path, element in arguments(schema)
        if re.search(r"[.(](first|last|ids)\)?$", path) is not None
    ]

    assert len(sizes) > 10
    assert [path for path, element in sizes if element.default_value is not Undefined] == []


def test_the_schema_has_a_description(schema: GraphQLSchema, sdl: str):
    assert (schema.description or "").startswith("Reasoning traces")
    assert read_schema(sdl).description == schema.description
