"""Messages in the API's own words."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_operation_ast
from graphql.execution.values import get_variable_values

from tests.conftest import Execute
from tests.support.traces import on_sqlite
from tunix_rt.api.errors import format_error
from tunix_rt.api.execution.documents import Documents
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.execution.wording import as_spelled
from tunix_rt.api.schema import build_schema
from tunix_rt.settings import Settings

LIMITS = Limits.of(Settings())
SCHEMA = build_schema(LIMITS)._schema


def errors_of(query: str, **variables: Any) -> list[tuple[str, list[str] | None]]:
    """The messages of a document, or of its variables, and the paths of the arguments that they are about."""
    document = Documents(LIMITS).get(SCHEMA, query)
    errors: Any = document.errors
    if not errors:
        assert document.node is not None
        operation = get_operation_ast(document.node)
        assert operation is not None
        errors = get_variable_values(SCHEMA, operation.variable_definitions or (), variables)
    reported = [format_error(error, "r") for error in errors]
    return [(error["message"], error["extensions"].get("argumentPath")) for error in reported]


@pytest.mark.parametrize(
    ("message", "spelled"),
    [
        ("final_answer must have 1 to 5 characters; it has 6.", "finalAnswer must have 1 to 5 characters; it has 6."),
        ("lora.module_path must be short.", "lora.modulePath must be short."),
        ("parts[0].prompt_seed is wrong.", "parts[0].promptSeed is wrong."),
        ("There is no dataset 'final_answer'.", "There is no dataset 'final_answer'."),
        ("A step's final_answer isn't the user's.", "A step's finalAnswer isn't the user's."),
        ("meta.final_answer holds a NUL.", "meta.final_answer holds a NUL."),
        ("traces[1].meta.a_b.c_d[0].e_f is odd.", "traces[1].meta.a_b.c_d[0].e_f is odd."),
        ("Set `max_steps` or max_steps.", "Set `max_steps` or maxSteps."),
        ("TUNIX_RT_DATA_DIR and TUNIX_SFT stay.", "TUNIX_RT_DATA_DIR and TUNIX_SFT stay."),
        ("a template has {numbered_steps}, not a_b.", "a template has {numbered_steps}, not aB."),
        ("prompt, trace and 48_000 stay.", "prompt, trace and 48_000 stay."),
    ],
)
def test_fields_are_spelled_as_in_the_schema(message: str, spelled: str):
    assert as_spelled(message) == spelled


@pytest.mark.parametrize(
    ("where", "path", "part"),
    [
        ('{createdAt: {gte: "x"}}', "where.createdAt.gte", "DateTime must be an ISO 8601 string"),
        ('{and: [{}, {stepCount: {in: [1, "3"]}}]}', "where.and[1].stepCount.in[1]", "Int cannot represent"),
        ("{meta: [{path: [], eq: RED}]}", "where.meta[0].eq", "JSON takes strings"),
        ("{scores: {some: {kind: {eq: NONE}}}}", "where.scores.some.kind.eq", "does not exist in 'ScoreKind'"),
        ('{datasets: {some: {traceCount: {lt: "x"}}}}', "where.datasets.some.traceCount.lt", "BigInt must be"),
        ("{source: {is: 1}}", "where.source.is", "unknown field 'is'"),
    ],
)
def test_a_malformed_value_names_its_path(where: str, path: str, part: str):
    ((message, found),) = errors_of(f"{{ traces(where: {where}) {{ totalCount }} }}")

    assert message.startswith(f"{path}: ")
    assert part in message
    assert found == path.replace("[", ".").replace("]", "").split(".")


def test_an_unknown_value_of_an_enum_is_answered_with_those_that_there_are():
    ((message, _),) = errors_of("{ scores(where: {kind: {eq: PERSON}}) { totalCount } }")

    assert message.endswith("does not exist in 'ScoreKind' enum. It has CODE, MODEL, HUMAN.")


def test_a_malformed_value_in_a_variable_names_its_path_in_it():
    query = "query ($w: TraceWhere) { traces(where: $w) { totalCount } }"

    ((message, _),) = errors_of(query, w={"and": [{"createdAt": {"gte": "x"}}]})

    assert message.startswith("Variable '$w' has invalid value at .and[0].createdAt.gte: DateTime must be")


@pytest.mark.parametrize(
    ("query", "variables", "path"),
    [
        (
            "query ($w: TraceWhere) { traces(where: $w) { totalCount } }",
            {"w": {"and": [{}, {"createdAt": {"gte": "x"}}]}},
            ["where", "and", "1", "createdAt", "gte"],
        ),
        (
            "query ($at: DateTime) { traces(where: { and: [{}, { createdAt: { gte: $at } }] }) { totalCount } }",
            {"at": 5},
            ["where", "and", "1", "createdAt", "gte"],
        ),
        (
            "query ($w: TraceWhere) { ...More } fragment More on Query { traces(where: $w) { totalCount } }",
            {"w": {"stepCount": {"in": [1, "3"]}}},
            ["where", "stepCount", "in", "1"],
        ),
        (
            "mutation ($i: CreateTraceInput!) { createTrace(input: $i) { errors { code } } }",
            {"i": {"trace": {"prompt": "p", "finalAnswer": "a", "steps": [{"type": "t"}]}}},
            ["input", "trace", "steps", "0"],
        ),
        ("query ($id: ID!) { trace(id: $id) { id } }", {}, ["id"]),
    ],
)
@on_sqlite
async def test_a_variable_has_the_path_of_its_argument(
    graphql: Execute, query: str, variables: dict[str, Any], path: list[str]
):
    (error,) = (await graphql(query, variables))["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["argumentPath"] == path


def test_a_missing_field_names_the_object():
    trace = '{prompt: "p", finalAnswer: "a", steps: [{type: "t"}]}'
    query = f"mutation {{ createTrace(input: {{trace: {trace}}}) {{ errors {{ code }} }} }}"

    ((message, found),) = errors_of(query)

    assert message.startswith("input.trace.steps[0]: ")
    assert "content" in message
    assert found == ["input", "trace", "steps", "0"]


@pytest.mark.parametrize(
    ("where", "example"),
    [
        ('{source: "x"}', '{eq: "x"}'),
        ('{source: ["x", "y"]}', '{in: ["x", "y"]}'),
        ("{stepCount: 3}", "{eq: 3}"),
        ('{createdAt: "2026-01-31T12:00:00Z"}', '{eq: "2026-01-31T12:00:00Z"}'),
        ('{meta: "x"}', '{path: ["KEY"], eq: "x"}'),
        (f'{{source: "{"x" * 100}"}}', "{eq: …}"),
    ],
)
def test_a_value_in_place_of_a_filter_is_answered_by_the_filter(where: str, example: str):
    ((message, _),) = errors_of(f"{{ traces(where: {where}) {{ totalCount }} }}")

    assert f"to be an object such as {example}, found: " in message


def test_in_a_variable_too():
    query = "query ($w: TraceWhere) { traces(where: $w) { totalCount } }"

    assert 'such as {eq: "x"}, found' in errors_of(query, w={"source": "x"})[0][0]
    assert 'such as {in: ["x"]}, found' in errors_of(query, w={"source": ["x"]})[0][0]


@pytest.mark.parametrize(
    ("trace", "part"),
    [
        ({"promt": "secret", "finalAnswer": "secret"}, "unknown field 'promt'. Did you mean 'prompt' or 'group'?"),
        ({"prompt": "secret", "zz": "found: secret. Found: 1"}, "unknown field 'zz'."),
        ({"prompt": "secret"}, "to include required field 'finalAnswer'."),
    ],
)
def test_an_unknown_or_missing_field_is_named_without_the_content_of_its_object(trace: dict[str, str], part: str):
    variable = "mutation ($i: CreateTraceInput!) { createTrace(input: $i) { errors { code } } }"
    fields = ", ".join(f'{name}: "{value}"' for name, value in trace.items())
    literal = f"mutation {{ createTrace(input: {{trace: {{{fields}}}}}) {{ errors {{ code }} }} }}"

    for messages in (errors_of(variable, i={"trace": trace}), errors_of(literal)):
        assert any(message.endswith(part) for message, _ in messages)
        assert not any("secret" in message for message, _ in messages)
