"""Import formats: a line of a file to a trace."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.import_lines import parse
from tests.support.traces import native_trace
from tunix_rt.domain.imports.formats import ParsedRecord, get_import_format, import_formats
from tunix_rt.domain.imports.line_imports import RecordOptions, read_line
from tunix_rt.domain.imports.reading.likeness import likeness
from tunix_rt.domain.traces.validation import trace_errors, validate_trace
from tunix_rt.errors import BadUserInput

MAX_BYTES = 1_048_576


def test_the_formats_are_found_by_their_names():
    assert list(import_formats()) == sorted(import_formats())
    assert {"gsm8k", "jsonl"} <= set(import_formats())
    with pytest.raises(BadUserInput, match="gsm8k, inspect, jsonl") as caught:
        get_import_format("parquet")
    assert caught.value.path == ("format",)


def test_gsm8k_has_one_step_for_each_line_of_reasoning():
    answer = "Natalia sold 48/2 = <<48/2=24>>24 clips in May.\n\n  Together 48+24 = <<48+24=72>>72 clips. \n#### 72"

    parsed = parse("gsm8k", {"question": "How many clips?", "answer": answer}, 17)

    assert parsed.external_id == "17"
    assert parsed.trace == {
        "trace_version": "1.0",
        "prompt": "How many clips?",
        "final_answer": "72",
        "steps": [
            {"i": 0, "type": "reasoning", "content": "Natalia sold 48/2 = <<48/2=24>>24 clips in May."},
            {"i": 1, "type": "reasoning", "content": "Together 48+24 = <<48+24=72>>72 clips."},
        ],
        "meta": {"source": "gsm8k"},
    }
    assert validate_trace(parsed.trace, MAX_BYTES, parsed.external_id).source == "gsm8k"


@pytest.mark.parametrize("final", ["####72", "####   72  ", "#### 72\n", "#### 72\n\n", "#### 72\r\n"])
def test_gsm8k_answers_are_trimmed(final: str):
    parsed = parse("gsm8k", {"question": "q", "answer": f"It is 72.\n{final}"})

    assert (parsed.trace["final_answer"], len(parsed.trace["steps"])) == ("72", 1)


def test_gsm8k_takes_the_last_mark():
    parsed = parse("gsm8k", {"question": "q", "answer": "#### is a mark.\n#### 1,000"})

    assert parsed.trace["final_answer"] == "1,000"
    assert [step["content"] for step in parsed.trace["steps"]] == ["#### is a mark."]


@pytest.mark.parametrize(
    ("line", "path", "reason"),
    [
        ([1], (), "object"),
        ("text", (), "object"),
        (None, (), "object"),
        ({}, ("question",), "missing"),
        ({"question": 7, "answer": "x\n#### 1"}, ("question",), "string"),
        ({"question": "q"}, ("answer",), "missing"),
        ({"question": "q", "answer": None}, ("answer",), "string"),
        ({"question": "q", "answer": "no mark"}, ("answer",), "####"),
        ({"question": "q", "answer": "steps\n####"}, ("answer",), "####"),
        ({"question": "q", "answer": "steps\n####   "}, ("answer",), "####"),
        ({"question": "q", "answer": "steps\n#### 1\nand more"}, ("answer",), "####"),
        ({"question": "q", "answer": "#### 1"}, ("answer",), "reasoning"),
        ({"question": "q", "answer": "\n \n#### 1"}, ("answer",), "reasoning"),
    ],
)
def test_gsm8k_names_what_is_wrong(line: Any, path: tuple[str, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        parse("gsm8k", line)

    assert caught.value.path == path


def test_native_lines_are_taken_as_they_stand():
    trace = native_trace(meta={"source": "mine", "tags": ["a"]})

    assert parse("jsonl", dict(trace)) == ParsedRecord(trace, None)
    assert parse("jsonl", trace | {"external_id": "row-1"}) == ParsedRecord(trace, "row-1")
    assert parse("jsonl", trace | {"external_id": None}) == ParsedRecord(trace, None)


@pytest.mark.parametrize(
    ("line", "path"), [([], ()), (7, ()), ("x", ()), (None, ()), (native_trace(external_id=7), ("external_id",))]
)
def test_native_names_what_is_wrong(line: Any, path: tuple[str, ...]):
    with pytest.raises(BadUserInput) as caught:
        parse("jsonl", line)

    assert caught.value.path == path


def test_a_record_without_traces_is_refused():
    log = {"version": 2, "status": "success", "eval": {"task": "sums", "model": "m"}, "samples": []}

    with pytest.raises(BadUserInput, match="The record has no traces"):
        read_line(orjson.dumps(log), 1, RecordOptions(get_import_format("inspect"), MAX_BYTES))


def test_a_misspelt_field_is_answered_with_the_similar_one():
    line = {
        "trace_version": "1",
        "prompt": "p",
        "finalAnswer": "a",
        "stepps": [{"i": 0}],
        "externalId": "e",
        "zzz": 1,
        "produced_bi": {},
    }
    messages = {error.path[0]: error.message for error in trace_errors(line)}

    assert messages["finalAnswer"] == "There is no field 'finalAnswer'. Did you mean 'final_answer'?"
    assert messages["stepps"] == "There is no field 'stepps'. Did you mean 'steps'?"
    assert messages["externalId"] == "There is no field 'externalId'. Did you mean 'external_id'?"
    assert messages["produced_bi"] == "There is no field 'produced_bi'. Did you mean 'produced_by'?"
    assert messages["zzz"] == "There is no field 'zzz'; put custom values in meta."
    assert likeness(orjson.dumps(line), import_formats()["jsonl"]) is None
