"""Exports that come back: what was exported for a round trip is the same trace, what was not is exported the same."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import Select, select

from tests.property.conftest import Twins
from tests.support.exported_lines import exported
from tests.support.factories import (
    MAX_BYTES,
    external_ids,
    insert_rows,
    native_traces,
    scalars,
    texts,
    trace,
    trace_draft,
)
from tests.support.import_lines import parse
from tests.support.strategies import TRACE_ROWS
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.containers import Container, container_types
from tunix_rt.domain.exports.containers.export_file import open_file
from tunix_rt.domain.exports.export_shapes import shape_of
from tunix_rt.domain.exports.formats import (
    ExportFormat,
    FormatOptions,
    StoredTrace,
    export_formats,
    get_export_format,
)
from tunix_rt.domain.exports.formats.turns import CONTROL_WORDS, JOINER, escape_control_tokens, unescape_control_tokens
from tunix_rt.domain.exports.option_checks import check_options
from tunix_rt.domain.imports.formats import get_import_format
from tunix_rt.domain.imports.line_imports import RecordOptions, read_line
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.records import RecordStream
from tunix_rt.domain.reasoning_templates import ReasoningTemplate
from tunix_rt.domain.text import decode_json
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput

CONTROL_TOKEN = re.compile(f"<(?:{CONTROL_WORDS})>")

FORMATS = pytest.mark.parametrize("format_", export_formats(), ids=lambda format_: format_.value)

PIECES = [
    *("<start_of_turn>", "<end_of_turn>", "user\n", "model\n", "Reasoning:\n", "Answer: ", "\n", "1. ", "2. ", "3. "),
    *(JOINER, "<", ">", "<bos>", "|im_end|>", "unused1", "\n\n", "\n\nPlease show your reasoning steps.", "system"),
    *("<think>", "</think>", "#### ", "\\boxed{", "x", "é🦉", "</answer>"),
]
KEYS = ["created_at", "trace_version", "format", "source_trace_id", "tunix_rt", "source", "k"]


def hostile_texts() -> SearchStrategy[str]:
    """Texts that look like the marks of the formats."""
    return st.one_of(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join), texts())


@st.composite
def hostile_traces(draw: st.DrawFn) -> dict[str, Any]:
    """Traces that look like the marks of the formats, with metadata of reserved names."""
    value = draw(native_traces())
    value["prompt"], value["final_answer"] = draw(hostile_texts()), draw(hostile_texts())
    for step in value["steps"]:
        step["content"] = draw(hostile_texts())
    if draw(st.booleans()):
        meta = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([1, None, "chat_messages", {"round_trip": 1}]))
        value["meta"] = draw(meta)
    return value


@st.composite
def answers_alone(draw: st.DrawFn) -> dict[str, Any]:
    """Answers without reasoning: a single step, most often of the type for that, with the final answer or another."""
    value = draw(hostile_traces())
    value["steps"] = value["steps"][:1]
    value["steps"][0] |= {"i": draw(st.sampled_from([0, 0, 7])), "type": draw(st.sampled_from(["answer", "reasoning"]))}
    if draw(st.booleans()):
        value["steps"][0]["content"] = value["final_answer"]
    return value


def any_traces() -> SearchStrategy[dict[str, Any]]:
    """Traces of all kinds."""
    return st.one_of(native_traces(), hostile_traces(), answers_alone())


def instructions() -> SearchStrategy[str | None]:
    """System instructions."""
    return st.one_of(st.none(), st.just(""), hostile_texts())


def templates() -> SearchStrategy[str]:
    """Reasoning templates by name or text."""
    names = [template.value for template in ReasoningTemplate]
    return st.sampled_from([*names, "<|x|>{numbered_steps}<|y|>{answer}<|z|>", "{paragraphs}\n#### {answer}"])


def imported(line: bytes, format_: ExportFormat) -> TraceDraft:
    """The trace that an import makes of a line."""
    parsed = parse(format_.value, decode_json(line))
    return validate_trace(parsed.trace, MAX_BYTES, *parsed.known)


@FORMATS
@given(
    value=any_traces(),
    known=st.tuples(external_ids(), st.just(()), external_ids(), external_ids()),
    options=st.builds(FormatOptions, instructions(), st.booleans(), st.just(True), template=templates()),
)
def test_a_round_trip_is_exact(format_: ExportFormat, value: dict[str, Any], known: Any, options: FormatOptions):
    before = validate_trace(value, MAX_BYTES, *known)

    after = imported(exported(before, format_, options), format_)

    assert after == before
    assert after.content_hash == before.content_hash


READ_BACK = [container_type.container for container_type in container_types().values() if container_type.reads_back]


async def read_back(content: bytes, format_: ExportFormat) -> list[TraceDraft]:
    """The traces that an import makes of a file."""

    async def chunks() -> AsyncIterator[bytes]:
        for place in range(0, len(content), 100):
            yield content[place : place + 100]

    records, reading = (
        RecordStream(decompress_chunks(chunks()), MAX_BYTES),
        RecordOptions(get_import_format(format_.value), MAX_BYTES),
    )
    return [draft async for line in records if isinstance(line, bytes) for draft in read_line(line, 1, reading)]


@pytest.mark.parametrize("container", READ_BACK)
@FORMATS
@settings(max_examples=25)
@given(values=st.lists(any_traces(), min_size=1, max_size=3))
async def test_a_container_of_round_trips_is_read_back_exactly(
    format_: ExportFormat, container: Container, values: list[dict[str, Any]]
):
    before = [trace_draft(value, f"row-{place}") for place, value in enumerate(values)]
    with TemporaryFile() as file, open_file(file, container, shape_of(format_, FormatOptions())) as export:
        export.write([exported(value, format_, FormatOptions(round_trip=True)) for value in before])
        export.writer.finish()
        export.sink.flush()
        file.seek(0)
        content = file.read()

    after = await read_back(content, format_)

    assert [found.content_hash for found in after] == [found.content_hash for found in before]


def test_a_round_trip_is_refused_in_every_other_container():
    assert {*READ_BACK} == {Container.JSONL, Container.JSONL_GZ}
    for container in {*Container} - {*READ_BACK}:
        with pytest.raises(BadUserInput, match="JSONL or JSONL_GZ") as caught:
            check_options(ExportFormat.TRACE, container, FormatOptions(round_trip=True))
        assert caught.value.path == ("roundTrip",)


def one_line() -> SearchStrategy[str]:
    """Texts that no number of a step and no mark of an answer can be in."""
    return texts().map(lambda text: text.replace("\n", " "))


@st.composite
def canonical_traces(draw: st.DrawFn) -> dict[str, Any]:
    """Traces that the formats have a place for as they are."""
    contents = draw(st.lists(one_line(), min_size=1, max_size=12))
    meta = draw(st.one_of(st.none(), st.dictionaries(st.sampled_from(["source", "k", "n"]), texts(), min_size=1)))
    return trace(
        draw(texts()),
        trace_version=draw(texts(high=8)),
        final_answer=draw(one_line()),
        steps=[{"i": place, "type": "reasoning", "content": text} for place, text in enumerate(contents)],
        meta=meta,
    )


@FORMATS
@given(value=canonical_traces())
def test_a_canonical_trace_needs_no_note(format_: ExportFormat, value: dict[str, Any]):
    before = trace_draft(value)
    line = exported(before, format_, FormatOptions())

    after = imported(line, format_)

    assert after.canonical == before.canonical
    assert exported(after, format_, FormatOptions()) == line


@FORMATS
@given(value=native_traces(), options=st.builds(FormatOptions, instructions()))
def test_without_a_note_the_export_comes_back_the_same(
    format_: ExportFormat, value: dict[str, Any], options: FormatOptions
):
    first = json.loads(exported(trace_draft(value), format_, options))

    again = json.loads(exported(imported(json.dumps(first).encode(), format_), format_, FormatOptions()))

    if options.system_instruction and format_ is ExportFormat.CHAT_MESSAGES:
        assert again["metadata"].pop("system_instruction") == first["messages"].pop(0)["content"]
        first["metadata"].pop("system_instruction", None)
    assert again == first


FIELDS = [
    *("prompts", "final_answer", "trace_steps", "prompt", "response", "completion", "messages", "conversations", "id"),
    *("metadata", "role", "from", "content", "value", "reasoning_content", "type", "text", "thinking", "tunix_rt"),
    *(
        "round_trip",
        "prompt_chars",
        "steps",
        "i",
        "chars",
        "meta",
        "external_id",
        "format",
        "trace_version",
        "created_at",
    ),
]
NAMES = ["user", "assistant", "system", "tool", "text", "thinking", "chat_messages", "prompt_completion"]


def garbage() -> SearchStrategy[Any]:
    """JSON values with the words of the formats in the wrong places."""
    leaves = st.one_of(st.sampled_from(NAMES), hostile_texts(), scalars())
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)
        ),
        max_leaves=20,
    )


@st.composite
def damaged(draw: st.DrawFn, format_: ExportFormat) -> dict[str, Any]:
    """Records of which some values, at any depth, are others."""
    record = json.loads(
        exported(trace_draft(draw(hostile_traces())), format_, FormatOptions(round_trip=draw(st.booleans())))
    )
    for _ in range(draw(st.integers(1, 3))):
        holder: Any = record
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            key = draw(st.sampled_from(keys))
            if not isinstance(holder[key], dict | list) or not holder[key] or draw(st.booleans()):
                holder[key] = draw(garbage())
                break
            holder = holder[key]
    return record


@FORMATS
@given(data=st.data())
def test_garbage_is_refused_and_never_more(format_: ExportFormat, data: st.DataObject):
    value = data.draw(st.one_of(garbage(), damaged(format_)))
    with suppress(BadUserInput):
        assert imported(json.dumps(value).encode(), format_).payload.steps


@given(text=hostile_texts())
def test_neutralising_is_reversible_and_leaves_no_control_token(text: str):
    neutral = escape_control_tokens(text)

    assert unescape_control_tokens(neutral) == text
    assert not CONTROL_TOKEN.search(neutral)


@given(first=hostile_texts(), second=hostile_texts())
def test_neutralising_keeps_texts_apart(first: str, second: str):
    assert (escape_control_tokens(first) == escape_control_tokens(second)) == (first == second)


# The same with databases between.

STORED = select(*(traces.c[name] for name in StoredTrace._fields)).order_by(traces.c.seq)
HASHES = select(traces.c.content_hash).order_by(traces.c.seq)


async def read(database: Database, query: Select[Any]) -> list[Any]:
    """The rows of a query."""
    async with database.read() as session:
        return [tuple(row) for row in await session.execute(query)]


async def lines_in(database: Database, format_: ExportFormat, options: FormatOptions) -> list[bytes]:
    """Every stored trace as a line."""
    record_format = get_export_format(format_)
    return [record_format.line(StoredTrace(str(row[0]), *row[1:]), options) for row in await read(database, STORED)]


@FORMATS
async def test_both_databases_export_the_same_bytes(peopled: Twins, format_: ExportFormat):
    for options in (FormatOptions(), FormatOptions(round_trip=True)):
        first, second = [await lines_in(database, format_, options) for database in peopled.databases.values()]

        assert len(first) == len(TRACE_ROWS)
        assert first == second


@FORMATS
async def test_an_export_of_one_database_is_imported_by_the_other(twins: Twins, format_: ExportFormat):
    sqlite, postgresql = twins.databases.values()
    async with sqlite.write() as session:
        await insert_rows(session, list({row["content_hash"]: row for row in TRACE_ROWS}.values()))
    body = b"\n".join(await lines_in(sqlite, format_, FormatOptions(round_trip=True)))

    answer = await twins.clients[1].post(
        "/v1/traces",
        content=body,
        params={"format": format_.value},
        headers={"Content-Type": "application/x-ndjson"},
    )

    wanted = await read(sqlite, HASHES)
    assert (answer.json()["added"], answer.json()["rejected"]) == (len(wanted), 0)
    assert await read(postgresql, HASHES) == wanted
