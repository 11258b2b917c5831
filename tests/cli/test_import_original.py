"""``tunix-rt import tunix-rt``: everything that the original has comes over, once."""

from __future__ import annotations

import json
import math
import uuid
from datetime import timedelta
from typing import Any

import pytest

from tests.support import original
from tests.support.commands import call
from tests.support.original import (
    AT,
    bring,
    bring_outside,
    build,
    rows_of,
    run_row,
    score_row,
    trace_row,
)
from tests.support.program import Program
from tunix_rt.db.models import run_states, scores, traces, tunix_runs
from tunix_rt.integrations.original.transfer import TRACES_AT_ONCE

NOTHING_NEW = [
    "0 traces added, 2 stored already (2 read).",
    "0 scores added, 2 stored already (2 read).",
    "0 runs added, 2 stored already (2 read).",
]


def test_everything_comes_over_once(program: Program, database_url: str, original_url: str):
    first = trace_row("one", meta={"source": "mine", "k": [1, None]})
    second = trace_row("two", 1.5)
    given = [score_row(first, 28.06), score_row(first, 30.5, criteria="other", details=None)]
    runs = [
        run_row(),
        run_row(mode="local", status="failed", exit_code=2, stderr="bad", created_at=AT + timedelta(1)),
    ]
    build(original_url, {original.traces: [first, second], original.scores: given, original.tunix_runs: runs})

    assert bring_outside(program, original_url) == (
        0,
        ["2 traces added (2 read).", "2 scores added (2 read).", "2 runs added (2 read)."],
        [],
    )
    found = rows_of(database_url, traces, "seq")
    assert [(row["id"], row["created_at"]) for row in found] == [
        (first["id"], AT),
        (second["id"], AT + timedelta(seconds=1.5)),
    ]
    assert [(row["source"], row["meta"], row["external_id"]) for row in found] == [
        ("mine", {"source": "mine", "k": [1, None]}, None),
        (None, None, None),
    ]
    kept = {row["id"]: row for row in rows_of(database_url, scores)}
    assert kept.keys() == {score["id"] for score in given}
    baseline = kept[given[0]["id"]]
    assert (baseline["trace_id"], baseline["scorer"], baseline["kind"]) == (first["id"], "baseline", "CODE")
    assert (baseline["score"], baseline["details"]) == (28.06, given[0]["details"])
    assert (baseline["scored_at"], baseline["step_index"]) == (AT + timedelta(seconds=60), None)
    assert kept[given[1]["id"]]["details"] is None
    ended = rows_of(database_url, tunix_runs, "created_at")
    assert [(row["id"], row["mode"], row["status"], row["exit_code"]) for row in ended] == [
        (runs[0]["run_id"], "DRY_RUN", "COMPLETED", 0),
        (runs[1]["run_id"], "TRAIN", "FAILED", 2),
    ]
    assert (ended[0]["dataset_key"], ended[0]["stdout"], ended[0]["duration_seconds"]) == ("ds-v1", "dry run", 1.5)
    assert (ended[0]["started_at"], ended[0]["completed_at"]) == (AT, AT + timedelta(seconds=1.5))
    assert (ended[1]["stderr"], ended[1]["error_message"]) == ("bad", "It failed with exit code 2.")
    assert {row["run_id"]: row["status"] for row in rows_of(database_url, run_states, "run_id")} == {
        runs[0]["run_id"]: "COMPLETED",
        runs[1]["run_id"]: "FAILED",
    }

    assert bring(program, original_url) == (0, NOTHING_NEW, [])
    reports = json.loads(call(program, "import", "tunix-rt", original_url, "--json")[1])
    assert {kind: report["duplicates"] for kind, report in reports.items()} == {"traces": 2, "scores": 2, "runs": 2}


def test_what_is_new_there_comes_over_later(program: Program, database_url: str, original_url: str):
    first = trace_row("one")
    build(original_url, {original.traces: [first], original.scores: [score_row(first)]})
    bring(program, original_url)
    more = {original.scores: [score_row(first, 7.0)], original.traces: [trace_row("two", 1)]}
    build(original_url, more)

    assert bring(program, original_url)[1] == [
        "1 trace added, 1 stored already (2 read).",
        "1 score added, 1 stored already (2 read).",
        "0 runs added (0 read).",
    ]
    assert len(rows_of(database_url, scores)) == 2


def test_equal_traces_are_one_and_have_the_scores_of_all(program: Program, database_url: str, original_url: str):
    twins = [trace_row("same", second) for second in range(3)]
    build(original_url, {original.traces: twins, original.scores: [score_row(twin, 1.0) for twin in twins]})

    assert bring(program, original_url)[1][:2] == [
        "1 trace added, 2 stored already (3 read).",
        "3 scores added (3 read).",
    ]
    assert {row["trace_id"] for row in rows_of(database_url, scores)} == {twins[0]["id"]}
    assert bring(program, original_url)[1][:2] == [
        "0 traces added, 3 stored already (3 read).",
        "0 scores added, 3 stored already (3 read).",
    ]


def test_a_trace_that_is_here_under_another_id_is_not_stored_twice(
    program: Program, database_url: str, sqlite_original: str
):
    there = trace_row("same")
    here = {name: value for name, value in there["payload"].items() if name != "meta"}
    program.run("import", "jsonl", program.file("here.jsonl", [here]))
    build(sqlite_original, {original.traces: [there], original.scores: [score_row(there)]})

    assert bring(program, sqlite_original)[1][:2] == [
        "0 traces added, 1 stored already (1 read).",
        "1 score added (1 read).",
    ]
    (stored,) = rows_of(database_url, traces)
    (score,) = rows_of(database_url, scores)
    assert stored["id"] != there["id"]
    assert score["trace_id"] == stored["id"]


def test_pages_end_between_equal_times(program: Program, database_url: str, original_url: str):
    number = TRACES_AT_ONCE * 2 + 7
    build(original_url, {original.traces: [trace_row(f"p{place}") for place in range(number)]})

    assert bring(program, original_url)[1][0] == f"{number} traces added ({number} read)."
    assert bring(program, original_url)[1][0] == f"0 traces added, {number} stored already ({number} read)."


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a NUL": ({"prompt": "a\0b"}, "prompt: prompt contains a NUL character at position 1."),
    "an index beyond 32 bits": (
        {"steps": [{"i": 10**30, "type": "t", "content": "c"}]},
        "steps[0].i: A step's index must be between 0 and 2147483647.",
    ),
    "no steps": ({"steps": []}, "steps: steps must be a list of 1 to 10000 steps; it has 0."),
}


@pytest.mark.parametrize("error", BAD)
def test_traces_that_break_a_limit_stop_or_are_passed_over(
    program: Program, database_url: str, original_url: str, error: str
):
    fields, reason = BAD[error]
    good, bad = trace_row("good"), trace_row(seconds=1, **{"prompt": "bad", **fields})
    build(original_url, {original.traces: [good, bad], original.scores: [score_row(good), score_row(bad)]})

    status, output, messages = bring(program, original_url)
    assert (status, output[0]) == (1, "0 traces added, 1 trace refused (2 read).")
    assert messages[0] == f"trace {bad_name(bad, original_url)}, {reason}"
    assert messages[-1].endswith("Use --on-error skip to skip them.")
    assert rows_of(database_url, traces) == []
    status, output, messages = bring(program, original_url, "--on-error", "skip")
    assert (status, output[:2]) == (0, ["1 trace added, 1 trace refused (2 read).", "1 score added (1 read)."])
    assert [row["id"] for row in rows_of(database_url, traces)] == [good["id"]]


def bad_name(row: dict[str, Any], url: str) -> str:
    """A row's id as its database has it."""
    found: uuid.UUID = row["id"]
    return found.hex if url.startswith("sqlite") else str(found)


def test_what_the_original_would_have_dropped_is_dropped(program: Program, database_url: str, sqlite_original: str):
    odd = trace_row("odd", extra=1, steps=[{"i": 0, "type": "t", "content": "c", "note": "n"}])
    build(sqlite_original, {original.traces: [odd]})

    assert bring(program, sqlite_original)[:2] == (
        0,
        ["1 trace added (1 read).", "0 scores added (0 read).", "0 runs added (0 read)."],
    )
    assert rows_of(database_url, traces)[0]["payload"] == (
        '{"trace_version":"1.0","prompt":"odd","final_answer":"4",'
        '"steps":[{"i":0,"type":"t","content":"c"}],"meta":null}'
    )


def test_scores_that_cannot_be_stored_are_passed_over(program: Program, database_url: str, original_url: str):
    trace = trace_row()
    bad = [score_row(trace, math.inf), score_row(trace, details=[1]), score_row(trace, criteria="")]
    build(original_url, {original.traces: [trace], original.scores: [*bad, score_row(trace)]})

    status, output, messages = bring(program, original_url, "--on-error", "skip")

    assert (status, output[1]) == (0, "1 score added, 3 scores refused (4 read).")
    assert {message.partition(": ")[2] for message in messages} == {
        "score must be a finite number.",
        "details must be an object.",
        "scorer must have 1 to 64 characters; it has 0.",
    }
