"""``tunix-rt import auto``: the format is detected, shown, and imported only with consent."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support import import_rows as rows
from tests.support.import_lines import STEPWISE, chat
from tests.support.program import Program, stored
from tests.support.traces import native_trace
from tunix_rt.domain.imports.detection import FirstRecord, candidates_for
from tunix_rt.errors import BadUserInput


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (native_trace(), "jsonl"),
        ({"question": "q", "answer": "a\n#### 4"}, "gsm8k"),
        (STEPWISE, "stepwise"),
        (chat("q", "a"), "chat_messages"),
        (rows.OPENR1, "openr1"),
        (rows.ROWS, "rows"),
        (rows.PREFERENCE, "preference"),
        (rows.ULTRAFEEDBACK, "preference"),
        (rows.RESPONSE, "responses"),
        (rows.TRL_COMPLETION, "trl_completions"),
        (rows.VERIFIERS_RESULT, "verifiers"),
        (rows.VERIFIERS_TRACE, "verifiers"),
        (rows.LM_EVAL, "lm_eval"),
        (rows.S1K, "s1k"),
        (rows.S1K_11, "s1k"),
        (rows.PROCESSBENCH, "processbench"),
        (rows.MATH_SHEPHERD, "math_shepherd"),
        (rows.ATIF, "atif"),
        (rows.TUNIX_TRAJECTORY, "tunix_trajectories"),
        (rows.INSPECT, "inspect"),
        (rows.INSPECT_SAMPLE, "inspect"),
    ],
)
def test_a_record_is_most_like_its_own_format(record: object, name: str):
    assert candidates_for(FirstRecord(json.dumps(record).encode()))[0] == name


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": 1, "b": 2}', "The format is unknown. The fields are: a, b. If columns have a prompt"),
        (b'{"a": 1', "Not valid JSON"),
        (b'{"scorer": "a", "kind": "HUMAN", "score": 1}', "tunix-rt import scores"),
        (b"[1]", "The first record is not a JSON object"),
        (b"question,level", "import it as csv"),
        (b"<html>", "HTML or XML"),
        (b"text", "neither JSON nor the header"),
    ],
)
def test_what_has_no_format_is_named(content: bytes, reason: str):
    with pytest.raises(BadUserInput, match=reason):
        candidates_for(FirstRecord(content))


def test_nothing_is_imported_without_consent(embedded: Program):
    bad = rows.OPENR1 | {"generations": ["x", 7]}
    file = embedded.file("data.jsonl", [rows.OPENR1, bad])

    status, output, messages = embedded.run("import", "auto", file, "--on-error", "skip")

    assert status == 0
    assert output.splitlines() == [
        f"{file}: openr1. OpenR1-Math rows: problem, generations and their correctness; a trace for each generation.",
        "The 2 lines: 2 traces, 1 line refused.",
        "  steps: 2 to 3 (5 reasoning)",
        "  scores: 2 correctness_math_verify, 1 correctness_llama",
        "  prompts: 1",
        "  reference answers: 2",
        "  first: 'What is the sum of the first three primes?' -> '10'",
        "Nothing was imported. Add --yes to import.",
    ]
    assert messages.startswith("line 2, generations")
    taken = embedded.run("import", "auto", file, "--on-error", "skip", "--yes", "--set", "source=r1")
    assert taken[1].endswith("2 traces added, 3 scores added, 1 line refused (2 lines read).\n")
    assert [row[:2] for row in stored(embedded)] == [(f"{rows.OPENR1['uuid']}/{n}", "r1") for n in range(2)]


def test_steps_with_labels_are_no_answers(embedded: Program):
    file = embedded.file("steps.jsonl", [STEPWISE, STEPWISE | {"prompt": "2 + 2?"}])

    shown = embedded.run("import", "auto", file)[1].splitlines()

    assert shown[0].startswith(f"{file}: stepwise. ")
    assert shown[1] == "The 2 lines: 2 traces."


def test_parquet_and_folders_are_detected(embedded: Program):
    table = embedded.folder / "log.parquet"
    pq.write_table(pa.table({name: [value] for name, value in rows.TRL_COMPLETION.items()}), table)
    folder = embedded.folder / "logs"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(rows.ATIF, indent=2))

    assert "trl_completions. Completions logged by TRL" in embedded.run("import", "auto", table)[1]
    assert "1 trace added (1 file read)." in embedded.run("import", "auto", folder, "--yes")[1]
    status, _, messages = embedded.run("import", "auto", embedded.file("x.jsonl", [{"a": 1}]))
    assert (status, "The format is unknown" in messages) == (1, True)
    pairs = embedded.file("pairs.jsonl", [{"question": "2 + 2?", "answer": "4"}])
    status, _, messages = embedded.run("import", "auto", pairs)
    assert (status, "import them as rows, with --map prompt=COLUMN --each COLUMN" in messages) == (1, True)
    status, _, messages = embedded.run("import", "auto", embedded.file("empty.jsonl", []))
    assert (status, "The file has no records." in messages) == (1, True)


def test_the_columns_of_a_table_are_recognised_and_shown(embedded: Program):
    file = embedded.folder / "problems.csv"
    file.write_text("\ufeffquestion;Final Solution;answer;level\n2 + 2?;;4;1\n3 + 3?;;6;2\n")
    shown = embedded.run("import", "auto", file)[1].splitlines()

    assert shown[1] == "Columns: --map prompt=question --map final_answer=answer --split-steps none --delimiter ';'"
    assert shown[2] == "The 2 rows: 2 traces."
