"""``tunix-rt import`` of JSON arrays, of files in another format than the named one, and with fields set for all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.program import Program, stored, without_place
from tests.support.traces import native_trace
from tunix_rt.cli import group
from tunix_rt.errors import TunixRtError

GSM8K = [{"question": f"{n} + 1?", "answer": f"{n} + 1.\n#### {n + 1}"} for n in range(3)]
SHARE_GPT = [
    {"id": f"c{n}", "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": f"a\n\n{n}"}]}
    for n in range(3)
]
ALPACA = [{"instruction": f"Add {n}.", "input": "to 1", "output": f"We add.\n\n{n + 1}"} for n in range(3)]


def ran(program: Program, *arguments: object) -> tuple[int, str, str]:
    """Returns the exit status, stdout and stderr of a command in this process."""
    done = CliRunner().invoke(group, list(map(str, arguments)), env=program.environment)
    if isinstance(done.exception, TunixRtError):
        return 1, done.stdout, done.exception.message  # which the program writes
    return done.exit_code, done.stdout, without_place(done.stderr)


def array_file(program: Program, records: Any, indent: int | None = None) -> str:
    """A file with a JSON value."""
    path = program.folder / "records.json"
    path.write_text(json.dumps(records, indent=indent))
    return str(path)


@pytest.mark.parametrize(("name", "records"), [("chat_messages", SHARE_GPT), ("alpaca", ALPACA), ("gsm8k", GSM8K)])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_imported_as_lines_are(embedded: Program, name: str, records: list[Any], indent: int | None):
    file = array_file(embedded, records, indent)

    assert ran(embedded, "import", name, file) == (0, "3 traces added (3 elements read).\n", "")
    assert ran(embedded, "import", name, embedded.file("lines.jsonl", records))[1].startswith("Nothing new")


def test_a_bad_element_is_reported_by_its_place(embedded: Program):
    file = array_file(embedded, [native_trace("one"), native_trace(""), 7, native_trace("two")], 1)

    status, output, reported = ran(embedded, "import", "jsonl", file, "--on-error", "skip")

    assert (status, output) == (0, "2 traces added, 2 elements refused (4 elements read).\n")
    assert reported.startswith("element 2, prompt: prompt must have 1 to")
    assert "element 3: A line must be a JSON object." in reported


def test_an_array_that_breaks_off(embedded: Program):
    path = embedded.folder / "short.json"
    path.write_text(json.dumps([native_trace("one"), native_trace("two")])[:-20])

    status, output, reported = ran(embedded, "import", "jsonl", path, "--on-error", "skip")

    assert (status, output) == (0, "1 trace added, 1 element refused (2 elements read).\n")
    assert reported.startswith("element 2: The JSON array is incomplete")


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("jsonl", SHARE_GPT, "This looks like chat_messages: import it in that format."),
        ("gsm8k", ALPACA, "This looks like alpaca"),
        ("chat_messages", GSM8K, "This looks like gsm8k"),
        ("gsm8k", [native_trace()], "This looks like jsonl"),
        ("jsonl", {"data": GSM8K}, "The records seem to be in the field 'data'"),
        ("jsonl", "{\n", "Each record must be on a single line"),
        ("jsonl", "question,answer\n1,2\n", "This looks like the header of a table: import it as csv."),
        ("jsonl", "PK\x03\x04", "zip archive"),
        ("jsonl", "<!DOCTYPE html>", "HTML"),
        ("csv", GSM8K, "This looks like JSON: import it in a format of JSON records"),
        ("csv", "\n" + json.dumps(GSM8K[0]), "This looks like JSON"),
        ("csv", json.dumps(GSM8K, indent=1), "This looks like JSON"),
        ("csv", "PAR1\x15", "This looks like Parquet"),
    ],
)
def test_a_file_in_another_format_is_reported(embedded: Program, name: str, content: Any, hint: str):
    path = embedded.folder / "other"
    path.write_text(content if isinstance(content, str) else json.dumps(content))

    status, _, reported = ran(embedded, "import", name, path)

    assert status == 1
    assert hint in reported
    assert reported.count("looks like") + reported.count("Each record must") + reported.count("seem to be") == 1


def test_a_invalid_record_of_the_right_format_is_not_taken_for_another(embedded: Program):
    path = embedded.file("bad.jsonl", [{"question": "q", "answer": "no mark"}])

    assert "looks like" not in ran(embedded, "import", "gsm8k", path)[2]


def test_train_and_test_can_be_distinguished(embedded: Program):
    file = embedded.file("gsm8k.jsonl", GSM8K)

    for split in ("train", "test"):
        answer = ran(
            embedded, "import", "gsm8k", file, "--set", f"source=gsm8k/{split}", "--set", f"meta.split={split}"
        )
        assert answer == (0, "3 traces added (3 lines read).\n", "")

    assert {row[1] for row in stored(embedded)} == {"gsm8k/train", "gsm8k/test"}


def test_set_fields_override_those_of_a_line(embedded: Program):
    lines = [native_trace("one", meta={"source": "a", "k": 1}), native_trace("two"), native_trace("three", meta=[])]
    settings = ("--set", "source=b", "--set", "trace_version=9", "--set", "meta.k=x")

    _, output, reported = ran(
        embedded, "import", "jsonl", embedded.file("l.jsonl", lines), *settings, "--on-error", "skip"
    )

    assert output == "2 traces added, 1 line refused (3 lines read).\n"
    assert "meta must be an object or null" in reported
    assert [row[1] for row in stored(embedded)] == ["b", "b"]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [("prompt=x", "There is no field 'prompt' for set"), ("source", "set must have the form FIELD=VALUE")],
)
def test_what_cannot_be_set_is_reported(embedded: Program, setting: str, reason: str):
    status, _, reported = ran(embedded, "import", "gsm8k", embedded.file("g.jsonl", GSM8K), "--set", setting)

    assert status != 0
    assert reason in reported
