"""``tunix-rt import tunix-rt``: datasets come over from their folder, and scores without a trace are named."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.support import original
from tests.support.original import (
    bring,
    build,
    original_url,
    rows_of,
    run,
    run_row,
    score_row,
    sqlite_original,
    trace_row,
)
from tests.support.program import Program
from tunix_rt.db.models import dataset_traces, datasets, traces
from tunix_rt.domain.text import quantity

__all__ = ["original_url", "sqlite_original"]


def manifest(folder: Path, rows: list[dict[str, Any]], name: str = "math", **fields: Any) -> dict[str, Any]:
    """The manifest of a dataset, written as the original writes it."""
    value = {
        "dataset_key": f"{name}-v1",
        "build_id": str(uuid.uuid4()),
        "dataset_name": name,
        "dataset_version": "v1",
        "dataset_schema_version": "1.0",
        "created_at": "2025-12-25T10:00:00.123456Z",
        "filters": {"source": "mine"},
        "selection_strategy": "random",
        "seed": 42,
        "trace_ids": [str(row["id"]) for row in rows],
        "trace_count": len(rows),
        "stats": {"trace_count": len(rows)},
        "session_id": None,
        "parent_dataset_id": None,
        "training_run_id": None,
    } | fields
    place = folder / f"{name}-v1"
    place.mkdir(parents=True, exist_ok=True)
    (place / "manifest.json").write_text(json.dumps(value, indent=2, ensure_ascii=False))
    return value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The original's folder of datasets."""
    path = tmp_path / "backend" / "datasets"
    path.mkdir(parents=True)
    return path


def test_datasets_come_over_once(program: Program, database_url: str, original_url: str, folder: Path):
    rows = [trace_row(f"p{place}", place, meta={"source": "mine"}) for place in range(4)]
    build(original_url, {original.traces: rows, original.tunix_runs: [run_row()]})
    chosen = [rows[2], rows[0], rows[3]]
    parent = manifest(folder, chosen, session_id="s-1")
    child = manifest(
        folder,
        chosen[:1],
        "a child",
        dataset_key="a_child-v1",
        parent_dataset_id="math-v1",
        created_at="2025-12-26T00:00:00Z",
    )

    output = [
        "4 traces added (4 read).",
        "0 scores added (0 read).",
        "2 datasets added (2 read).",
        "1 run added (1 read).",
    ]
    assert bring(program, original_url, "--datasets", str(folder)) == (0, output, [])

    found = {row["key"]: row for row in rows_of(database_url, datasets)}
    stored = found["math-v1"]
    assert {str(row["build_id"]) for row in found.values()} == {parent["build_id"], child["build_id"]}
    assert (stored["created_at"].isoformat(), stored["session_id"]) == ("2025-12-25T10:00:00.123456+00:00", "s-1")
    assert (stored["trace_count"], stored["stats"]["avg_step_count"]) == (3, 1.0)
    assert stored["recipe"]["manifest"] == {
        "filters": {"source": "mine"},
        "selection_strategy": "random",
        "seed": 42,
        "parent_dataset_id": None,
        "dataset_schema_version": "1.0",
    }
    assert found["a_child-v1"]["parent_dataset_id"] == stored["id"]
    members = rows_of(database_url, dataset_traces, "dataset_id", "position")
    assert [row["trace_id"] for row in members if row["dataset_id"] == stored["id"]] == [row["id"] for row in chosen]

    again = bring(program, original_url, "--datasets", str(folder))[1]
    assert again[2] == "0 datasets added, 2 stored already (2 read)."


def test_members_that_are_here_under_another_id_are_found(
    program: Program, database_url: str, original_url: str, folder: Path
):
    twins = [trace_row("same", second) for second in range(2)]
    build(original_url, {original.traces: twins})
    manifest(folder, twins)

    assert bring(program, original_url, "--datasets", str(folder))[0] == 0
    (trace,) = rows_of(database_url, traces)
    assert [row["trace_id"] for row in rows_of(database_url, dataset_traces, "position")] == [trace["id"]] * 2


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a member that is not here": (
        {"trace_ids": [str(uuid.UUID(int=7))]},
        "trace_ids: 1 of its 1 traces are not here, first 00000000-0000-0000-0000-000000000007.",
    ),
    "no members": ({"trace_ids": []}, "trace_ids: trace_ids must have 1 to 100000 ids; it has 0."),
    "an id that is none": ({"trace_ids": ["x"]}, "trace_ids: trace_ids must be a UUID."),
    "another key": ({"dataset_key": "../x"}, "dataset_key: dataset_key must be 'math-v1'; it is '../x'."),
    "a name that is none": ({"dataset_name": "../x"}, "dataset_name: dataset_name may have letters, digits"),
    "a build that is none": ({"build_id": None}, "build_id: build_id must be a UUID."),
    "a time that is none": ({"created_at": "soon"}, "created_at: created_at must be a time."),
    "a session that is none": ({"session_id": 7}, "session_id: session_id must be a string or null."),
}


@pytest.mark.parametrize("error", BAD)
def test_datasets_that_cannot_be_stored_are_named(embedded: Program, sqlite_original: str, folder: Path, error: str):
    fields, reason = BAD[error]
    rows = [trace_row()]
    build(sqlite_original, {original.traces: rows, original.tunix_runs: [run_row()]})
    manifest(folder, rows, **fields)
    manifest(folder, rows, "good")

    status, output, messages = bring(embedded, sqlite_original, "--datasets", str(folder), "--on-error", "skip")

    assert (status, output[2:]) == (0, ["1 dataset added, 1 dataset refused (2 read).", "1 run added (1 read)."])
    assert messages[0].startswith(f"dataset math-v1, {reason}")


@pytest.mark.parametrize("error", ["a member that is not here", "another key"])
def test_no_dataset_is_stored_after_one_that_is_refused(
    embedded: Program, sqlite_url: str, sqlite_original: str, folder: Path, error: str
):
    rows = [trace_row()]
    build(sqlite_original, {original.traces: rows, original.tunix_runs: [run_row()]})
    manifest(folder, rows, "before", created_at="2025-12-24T00:00:00Z")
    manifest(folder, rows, **BAD[error][0])
    manifest(folder, rows, "after", created_at="2025-12-26T00:00:00Z")

    status, output, messages = bring(embedded, sqlite_original, "--datasets", str(folder))

    stored = {row["key"] for row in rows_of(sqlite_url, datasets)}
    unreadable = error == "another key"
    assert stored == (set() if unreadable else {"before-v1"})
    assert (status, output[2:]) == (
        1,
        [f"{quantity(len(stored), 'dataset')} added, 1 dataset refused (3 read).", "0 runs added (0 read)."],
    )
    assert messages[0].startswith(f"dataset math-v1, {BAD[error][1]}")


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"dataset_name": "\\ud800"}'])
def test_a_damaged_manifest_stops_what_comes_after(embedded: Program, sqlite_original: str, folder: Path, content: str):
    build(sqlite_original, {original.traces: [trace_row()], original.tunix_runs: [run_row()]})
    manifest(folder, [])
    (folder / "math-v1" / "manifest.json").write_text(content)

    status, output, messages = bring(embedded, sqlite_original, "--datasets", str(folder))

    assert (status, output[2:]) == (1, ["0 datasets added, 1 dataset refused (1 read).", "0 runs added (0 read)."])
    assert messages[0].startswith("dataset math-v1")


def test_a_key_that_another_dataset_has_is_reported(embedded: Program, sqlite_original: str, folder: Path):
    rows = [trace_row()]
    build(sqlite_original, {original.traces: rows})
    manifest(folder, rows)
    bring(embedded, sqlite_original, "--datasets", str(folder))
    manifest(folder, rows)

    status, _, messages = bring(embedded, sqlite_original, "--datasets", str(folder))

    assert status == 1
    assert messages[0] == "dataset math-v1, dataset_key: Another dataset here has the key 'math-v1'."


def test_a_folder_that_is_not_there_is_reported(embedded: Program, sqlite_original: str, tmp_path: Path):
    build(sqlite_original, {original.traces: [trace_row()]})

    status, _, messages = embedded.run("import", "tunix-rt", sqlite_original, "--datasets", tmp_path / "nowhere")

    assert status == 1
    assert "--datasets must be the datasets folder" in messages
    assert embedded.run("import", "gsm8k", "x", "--datasets", tmp_path)[0] == 2


# Scores whose traces are gone.


def test_scores_without_a_trace_are_named(embedded: Program, sqlite_original: str):
    kept, gone = trace_row("kept"), trace_row("gone", 1)
    given = [score_row(kept), score_row(gone), score_row(gone)]
    build(sqlite_original, {original.traces: [kept, gone], original.scores: given, original.tunix_runs: [run_row()]})
    run(sqlite_original, f"DELETE FROM traces WHERE id = '{gone['id'].hex}'")

    status, output, messages = bring(embedded, sqlite_original)
    assert (status, output[1:]) == (1, ["1 score added, 2 scores refused (3 read).", "0 runs added (0 read)."])
    assert messages[-1].startswith(
        "Stopped at the first batch with an invalid row; the counts are those of what was stored."
    )
    assert {*messages[:2]} == {
        f"score {row['id'].hex}, trace_id: Its trace {gone['id'].hex} is not in the original database."
        for row in given[1:]
    }
    status, output, _ = bring(embedded, sqlite_original, "--on-error", "skip")
    assert (status, output[1:]) == (
        0,
        ["0 scores added, 1 stored already, 2 scores refused (3 read).", "1 run added (1 read)."],
    )
