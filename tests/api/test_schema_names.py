"""Numbers and objects in the schema are named by one rule each, and breaking changes are reported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from tests.support.repository import ROOT
from tests.support.schema_changes import breaking_changes, main
from tests.support.schema_elements import arguments, fields, own_types, schema, sdl

__all__ = ["schema", "sdl"]


COUNTS = re.compile(
    r"\w*[bB]ytes|byteSize|\w*Count|count|pending|running|shared\w+|promptsIn\w|promptsNeeded|asOf|TraceGroup\w*\.size|promptSeed|episodeSeed"
    r"|\w*DatasetInput\.seed|SelectionRecipe\.seed|SamplingParameters\.seed|\w*Evaluation\w*\.seed"
)
"""What can exceed 32 bits: bytes, rows that are stored, what is made of them, and seeds of 64 bits."""


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


def filtered(noun: GraphQLObjectType | GraphQLInterfaceType, name: str) -> GraphQLField:
    """Returns the field of an object, or of the sampling parameters in it, that a filter is about."""
    inner = get_named_type(noun.fields["samplingParameters"].type) if "samplingParameters" in noun.fields else noun
    return noun.fields.get(name) or inner.fields[name]


def test_filters_of_whole_numbers_are_those_of_the_field(schema: GraphQLSchema):
    found = 0
    for where in own_types(schema):
        noun = schema.type_map.get(where.name.removesuffix("Where"))
        for name, field in where.fields.items() if where.name.endswith("Where") else ():
            kind = get_named_type(field.type).name
            if isinstance(noun, (GraphQLObjectType, GraphQLInterfaceType)) and kind in {"IntFilter", "BigIntFilter"}:
                assert get_named_type(filtered(noun, name).type).name == kind.removesuffix("Filter"), (where.name, name)
                found += 1
    assert found >= 8


NAMED = {"Dataset": "key", "Run": "outputName", "Rubric": "name", "ProtectedSet": "name"}
"""The types whose objects have a unique name, and the field that shows it."""


NAMELESS = re.compile(
    r"(Query\.(node|nodes|trace|score|export|generation|compareTraces)|Subscription\.(traceCreated|exportEvents))\(.*"
    r"|Subscription\.generationEvents\(.*"
    r"|(Cancel|Retry|Delete)(Export|Generation)Input\.id|Delete(Traces|Scores)Input\.ids|ScoreTracesInput\.(ids|after)"
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
