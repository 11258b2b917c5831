"""``tunix-rt import``: real processes, real files."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.support.program import Program, as_lines, stored
from tests.support.traces import native_trace

GSM8K = [
    {"question": f"What is {number} + 1?", "answer": f"{number} + 1 = <<{number}+1={number + 1}>>.\n#### {number + 1}"}
    for number in range(30)
]


def test_gsm8k_and_again(program: Program):
    file = program.file("gsm8k.jsonl", GSM8K)

    assert program.run("import", "gsm8k", file) == (0, "30 traces added (30 lines read).\n", "")
    assert program.run("import", "gsm8k", file) == (0, "Nothing new: 30 traces stored already.\n", "")


def test_rows_become_traces(embedded: Program):
    embedded.run("import", "gsm8k", embedded.file("gsm8k.jsonl", GSM8K[:2]))
    longer = embedded.file("longer.jsonl", GSM8K[:3])

    assert embedded.run("import", "gsm8k", longer)[1] == "1 trace added, 2 stored already (3 lines read).\n"
    assert stored(embedded) == [(str(row + 1), "gsm8k", 1, f"What is {row} + 1?") for row in range(3)]


@pytest.mark.parametrize(("packed", "way"), [(True, "file"), (True, "standard input"), (False, "standard input")])
def test_plain_and_gzip_from_a_file_or_standard_input(embedded: Program, packed: bool, way: str):
    content = as_lines([native_trace(str(number)) for number in range(3)])
    content = gzip.compress(content) if packed else content
    file = embedded.folder / "traces"
    file.write_bytes(content)

    if way == "file":
        answer = embedded.run("import", "jsonl", file)
    else:
        answer = embedded.run("import", "jsonl", "-", given=content)

    assert answer == (0, "3 traces added (3 lines read).\n", "")
    assert [row[3] for row in stored(embedded)] == ["0", "1", "2"]


BAD_LINES = [
    native_trace("good"),
    "{not json",
    native_trace(""),
    native_trace("also good"),
    native_trace("p", steps="s"),
    native_trace("p", colour=1),
    "[]",
]
MESSAGES = [
    "line 2: Not valid JSON",
    "line 3, prompt: prompt must have 1 to 50000 characters; it has 0.",
    "line 5, steps: steps must be a list of 1 to 10000 steps; it is a string.",
    "line 6, colour: There is no field 'colour'",
    "line 7: A line must be a JSON object.",
]


def assert_reported(messages: str) -> None:
    """Each bad line is reported with its number, its field and the reason."""
    lines = messages.splitlines()
    for reported, expected in zip(lines, MESSAGES, strict=False):
        assert reported.startswith(expected)
    assert len(lines) >= len(MESSAGES)


def test_a_bad_line_stops_and_nothing_is_stored(embedded: Program):
    status, output, messages = embedded.run("import", "jsonl", embedded.file("bad.jsonl", BAD_LINES))

    assert status == 1
    assert "0 traces added, 5 lines refused (7 lines read)." in output
    assert_reported(messages)
    assert "--on-error skip" in messages.splitlines()[-1]
    assert stored(embedded) == []


def test_bad_lines_can_be_skipped(embedded: Program):
    file = embedded.file("bad.jsonl", BAD_LINES)

    status, output, messages = embedded.run("import", "jsonl", file, "--on-error", "skip")

    assert (status, output) == (0, "2 traces added, 5 lines refused (7 lines read).\n")
    assert_reported(messages)
    assert [row[3] for row in stored(embedded)] == ["good", "also good"]


def test_batches_before_the_bad_one_stay(embedded: Program):
    lines = [native_trace(str(number)) for number in range(2000)]

    status, output, messages = embedded.run(
        "import", "jsonl", embedded.file("long.jsonl", [*lines, native_trace("new"), "x"])
    )

    assert status == 1
    assert "2,000 traces added, 1 line refused (2,002 lines read)." in output
    assert messages.startswith("line 2002: ")
    assert len(stored(embedded)) == 2000


def test_many_errors_are_not_all_reported(embedded: Program):
    status, output, messages = embedded.run("import", "jsonl", embedded.file("bad.jsonl", ["x"] * 100))

    assert (status, len(messages.splitlines())) == (1, 22)
    assert "… and 80 more errors" in messages
    assert "100 lines refused" in output


def test_empty_files_and_blank_lines(embedded: Program):
    assert embedded.run("import", "jsonl", "-", given=b"")[:2] == (0, "0 traces added (0 lines read).\n")
    blank = b"\n" + as_lines([native_trace()]) + b"  \n\n"
    assert embedded.run("import", "jsonl", "-", given=blank)[:2] == (0, "1 trace added (4 lines read).\n")


def test_damaged_gzip_is_reported(embedded: Program):
    packed = gzip.compress(as_lines([native_trace()]))

    status, _, messages = embedded.run("import", "jsonl", "-", given=packed[:-10])

    assert (status, messages) == (1, "tunix-rt: The gzip stream is truncated.\n")


def test_what_was_stored_before_it_broke_off_is_reported(embedded: Program):
    packed = gzip.compress(as_lines([native_trace(str(number)) for number in range(3000)]), mtime=0)

    printed = embedded.run("import", "jsonl", "-", given=packed[:-10])

    assert printed == (1, "2,000 traces added (2,000 lines read).\n", "tunix-rt: The gzip stream is truncated.\n")
    assert len(stored(embedded)) == 2000


def test_what_is_not_there_is_reported(embedded: Program):
    assert embedded.run("import", "jsonl", "nowhere.jsonl")[0] == 2
    status, _, messages = embedded.run("import", "xlsx", "-", given=b"")
    assert status == 2
    assert "gsm8k" in messages


def test_a_bad_setting_is_reported_by_its_name(embedded: Program):
    status, _, messages = embedded.run("import", "jsonl", "-", given=b"", TUNIX_RT_TRACE_MAX_BYTES="1")

    assert (status, len(messages.splitlines())) == (1, 1)
    assert messages.startswith("tunix-rt: TUNIX_RT_TRACE_MAX_BYTES must be between 1024 and 33554432, not 1.")


def test_the_largest_trace_is_a_setting(embedded: Program):
    file = embedded.file("long.jsonl", [native_trace("x" * 2000)])

    status, _, messages = embedded.run("import", "jsonl", file, TUNIX_RT_TRACE_MAX_BYTES="1024")

    assert status == 1
    assert "1024 bytes" in messages


def test_scores_come_with_their_traces(program: Program):
    labelled = {"prompt": "q", "completions": ["one", "two"], "labels": [True, False]}
    file = program.file("stepwise.jsonl", [labelled, labelled | {"prompt": "r"}])

    assert program.run("import", "stepwise", file)[1] == "2 traces added, 4 scores added (2 lines read).\n"
    assert program.run("import", "stepwise", file)[1] == "Nothing new: 2 traces stored already.\n"
    others = program.file("others.jsonl", [labelled | {"labels": [False, False]}])
    reported = "0 traces added, 1 score added, 1 stored already (1 line read).\n"
    assert program.run("import", "stepwise", others)[1] == reported


def test_scores_of_stored_traces(embedded: Program):
    embedded.run("import", "gsm8k", embedded.file("gsm8k.jsonl", GSM8K[:2]))
    score = {"source": "gsm8k", "scorer": "ada", "kind": "HUMAN", "score": 1}
    rows = [score | {"external_id": number} for number in ("1", "2", "9")]
    file = embedded.file("scores.jsonl", rows)

    status, output, messages = embedded.run("import", "scores", file, "--on-error", "skip")

    assert (status, output) == (0, "2 scores added, 1 line refused (3 lines read).\n")
    assert messages == "line 3, external_id: There is no trace with source 'gsm8k' and external_id '9'.\n"
    assert embedded.run("import", "scores", embedded.file("two.jsonl", rows[:2]))[1] == (
        "0 scores added, 2 stored already (2 lines read).\n"
    )
    scores = json.loads(embedded.run("score", "list", "--json")[1])
    ids = [score["uuid"] for score in scores]
    assert embedded.run("score", "delete", *ids, "--dry-run")[1] == "2 scores would be deleted.\n"
    assert embedded.run("score", "delete", *ids, "--yes")[1] == "2 scores deleted.\n"
    assert embedded.run("score", "delete", *ids)[1] == "0 scores deleted.\n"
