"""The schema keeps the conventions that docs promise, element by element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql import build_schema as read_schema

from tests.support.repository import ROOT
from tests.support.schema_changes import breaking_changes, main
from tunix_rt.api.execution.limits import Limits
from tunix_rt.api.schema import build_schema
from tunix_rt.settings import Settings

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


@pytest.fixture(scope="module")
def sdl() -> str:
    """The schema of the code, in its definition language."""
    return build_schema(Limits.of(Settings())).as_str()


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema of the code."""
    return build_schema(Limits.of(Settings()))._schema


def own_types(schema: GraphQLSchema) -> list[Any]:
    """Every type that is ours."""
    return [
        found
        for found in schema.type_map.values()
        if not is_introspection_type(found) and not is_specified_scalar_type(found)
    ]


def fields(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Every field of every object, interface and input, as ``Type.field``."""
    for found in own_types(schema):
        if isinstance(found, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            yield from ((f"{found.name}.{name}", field) for name, field in found.fields.items())


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
        f"{enum.name}.{name}" for enum in enums for name in enum.values if not re.fullmatch(r"[A-Z]+(_[A-Z]+)*", name)
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


def arguments(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Every argument and every field of an input, as ``Type.field(argument)`` and ``Type.field``."""
    for path, field in fields(schema):
        yield from ((f"{path}({name})", argument) for name, argument in getattr(field, "args", {}).items())
        if isinstance(schema.type_map[path.partition(".")[0]], GraphQLInputObjectType):
            yield path, field


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


COUNTS = re.compile(
    r"\w*[bB]ytes|byteSize|parameters|\w*Count|count|pending|running|shared\w+|promptsIn\w|promptsNeeded|asOf|TraceGroup\w*\.size|promptSeed|episodeSeed"
    r"|\w*DatasetInput\.seed|SelectionRecipe\.seed|\w*Evaluation\w*\.seed"
)
"""What can exceed 32 bits: bytes, rows that are stored, and what is made of them."""
BOUNDED_COUNTS = {
    "Trace.stepCount",
    "Trace.charCount",
    "TraceOrigin.tokenCount",
    "Generation.promptCount",
    "Generation.tooLongCount",
    "Generation.answerCount",
    "Generation.malformedCount",
    "GenerationEvent.answerCount",
    "Evaluation.promptCount",
    "EvaluationCandidate.promptCount",
    "EvaluationCandidate.answerCount",
    "EvaluationCandidate.unscoredCount",
    "EvaluationPair.promptCount",
    "EvaluationPair.winCount",
    "EvaluationPair.lossCount",
    "EvaluationPair.tieCount",
    "EvaluationPair.bothWrongCount",
    "DatasetStats.minStepCount",
    "DatasetStats.maxStepCount",
    "CreateTracesPayload.createdCount",
    "CreateScoresPayload.createdCount",
    "GenerateUngarTracesInput.count",
    "GenerateUngarTracesPayload.count",
    "AuditEvent.objectCount",
}
"""Counts of what one trace, one request, or one evaluation may have at most."""


def counts(path: str) -> bool:
    """Returns whether a field counts what may exceed 32 bits."""
    named = COUNTS.fullmatch(path.partition(".")[2]) or COUNTS.fullmatch(path)
    return named is not None and path not in BOUNDED_COUNTS


def test_whole_numbers_follow_one_rule(schema: GraphQLSchema):
    whole = {
        path: get_named_type(field.type).name
        for path, field in fields(schema)
        if get_named_type(field.type).name in {"Int", "BigInt"} and not path.startswith(("IntFilter.", "BigIntFilter."))
    }

    assert set(whole) >= BOUNDED_COUNTS
    assert {path: kind for path, kind in whole.items() if kind != ("BigInt" if counts(path) else "Int")} == {}


def test_filters_of_whole_numbers_are_those_of_the_field(schema: GraphQLSchema):
    found = 0
    for where in own_types(schema):
        noun = schema.type_map.get(where.name.removesuffix("Where"))
        for name, field in where.fields.items() if where.name.endswith("Where") else ():
            kind = get_named_type(field.type).name
            if isinstance(noun, (GraphQLObjectType, GraphQLInterfaceType)) and kind in {"IntFilter", "BigIntFilter"}:
                assert get_named_type(noun.fields[name].type).name == kind.removesuffix("Filter"), (where.name, name)
                found += 1
    assert found >= 8


NAMED = {"Dataset": "key", "Run": "outputName", "Rubric": "name", "ProtectedSet": "name"}
"""The types whose objects have a unique name, and the field that shows it."""
NAMELESS = re.compile(
    r"(Query\.(node|nodes|trace|score|export|generation|compareTraces)|Subscription\.(traceCreated|exportEvents))\(.*"
    r"|Subscription\.generationEvents\(.*"
    r"|(Cancel|Retry|Delete)(Export|Generation)Input\.id|DeleteTracesInput\.ids|ScoreTracesInput\.(ids|after)"
    r"|EvaluationCandidateInput\.generationId|(CreateScore|Score)Input\.traceId|StartExportInput\.traceIds|Query\.savedView\(id\)|DeleteSavedViewInput\.id"
)
"""Where an object without a name is wanted: a trace, a score, an export, or one of any type."""


def test_objects_are_named_by_one_rule(schema: GraphQLSchema):
    wanted = {
        path: element.description
        for path, element in arguments(schema)
        if get_named_type(element.type).name == "ID" and not path.startswith("IdFilter.")
    }

    assert len(wanted) > 25
    for path, description in wanted.items():
        if not NAMELESS.fullmatch(path):
            assert re.search(r"its `id`, `uuid` or `(key|outputName|name)`", description), path
        elif not path.endswith(("(after)", ".after")):
            assert re.search("uuid|ids", description), path
    by_name = [path for path, _ in arguments(schema) if re.search(r"[dD]atasetKey\)?$|\(key\)$", path)]
    assert [
        path for path in by_name if not path.startswith(("RunWhere.", "EvaluationWhere.", "Query.traceGroup("))
    ] == []


def test_the_checked_in_schema_is_current(sdl: str):
    written = (ROOT / "schema.graphql").read_text(encoding="utf-8")

    assert written == sdl + "\n", "run `make schema` and commit what it writes"


OLD = """
type Query { trace(id: ID!): String  old: Int }
enum Kind { A B }
input Filter { eq: Int }
"""


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        (("old: Int", ""), ["FIELD_REMOVED: Field Query.old was removed."]),
        (("A B", "A"), ["VALUE_REMOVED_FROM_ENUM: Enum value Kind.B was removed."]),
        (("eq: Int", "eq: Int  ne: Int!"), ["REQUIRED_INPUT_FIELD_ADDED: A required field Filter.ne was added."]),
        (("old: Int", "old: String"), ["FIELD_CHANGED_KIND: Field Query.old changed type from Int to String."]),
        (("A B", "A B C"), []),
        (("old: Int", "old: Int!"), []),
        (("eq: Int", "eq: Int  ne: Int"), []),
    ],
)
def test_breaking_changes_are_reported(change: tuple[str, str], reported: list[str]):
    assert breaking_changes(OLD, OLD.replace(*change)) == reported


def test_breaking_changes_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    old, new = tmp_path / "old.graphql", tmp_path / "new.graphql"
    old.write_text(OLD)
    new.write_text(OLD.replace("old: Int", ""))

    assert main([str(old), str(new)]) == 1
    assert capsys.readouterr().out == "FIELD_REMOVED: Field Query.old was removed.\n"
    assert main([str(old), str(old)]) == 0
    assert capsys.readouterr().out == "No breaking changes.\n"
