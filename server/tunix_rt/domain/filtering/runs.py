"""The filterable fields of runs, their events and their artifacts."""

from __future__ import annotations

from sqlalchemy import func

from tunix_rt.db.models import run_artifacts, run_logs, tunix_runs
from tunix_rt.db.models.runs import PARAMETERS
from tunix_rt.domain.filtering.sql import Condition, Filterable
from tunix_rt.domain.runs.metrics import last_value
from tunix_rt.domain.runs.timeline import ENTRIES

RUNS = Filterable(
    table=tunix_runs,
    columns={
        "id": tunix_runs.c.id,
        "dataset_id": tunix_runs.c.dataset_id,
        "eval_dataset_id": tunix_runs.c.eval_dataset_id,
        "dataset_key": tunix_runs.c.dataset_key,
        "model_id": tunix_runs.c.model_id,
        "mode": tunix_runs.c.mode,
        "method": tunix_runs.c.method,
        "output_name": tunix_runs.c.output_name,
        "engine": tunix_runs.c.engine,
        "status": tunix_runs.c.status,
        "attempt": tunix_runs.c.attempt,
        "tags": tunix_runs.c.tags,
        "notes": tunix_runs.c.notes,
        **{name: tunix_runs.c[name] for name in PARAMETERS},
        "exit_code": tunix_runs.c.exit_code,
        "duration_seconds": tunix_runs.c.duration_seconds,
        "created_at": tunix_runs.c.created_at,
        "created_by": tunix_runs.c.created_by,
        "started_at": tunix_runs.c.started_at,
        "completed_at": tunix_runs.c.completed_at,
    },
    metric=last_value,
)


def search_lines(text: str, kind: str) -> Condition:
    """Returns the condition for lines that contain a text, ignoring the case of ASCII letters."""
    line = func.lower(run_logs.c.text) if kind == "sqlite" else func.lower(run_logs.c.text.collate("C"))
    wanted = "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in text)
    position = func.instr if kind == "sqlite" else func.strpos
    return position(line, wanted) > 0


LOG_LINES = Filterable(
    table=run_logs,
    columns={
        "seq": run_logs.c.seq,
        "at": run_logs.c.at,
        "attempt": run_logs.c.attempt,
        "stream": run_logs.c.stream,
        "text": run_logs.c.text,
    },
    search=search_lines,
)

ARTIFACTS = Filterable(
    table=run_artifacts,
    columns={
        "id": run_artifacts.c.id,
        "name": run_artifacts.c.name,
        "kind": run_artifacts.c.kind,
        "step": run_artifacts.c.step,
        "byte_size": run_artifacts.c.byte_size,
        "sha256": run_artifacts.c.sha256,
        "created_at": run_artifacts.c.created_at,
    },
)

EVENTS = Filterable(
    table=ENTRIES,
    columns={
        "seq": ENTRIES.c.seq,
        "at": ENTRIES.c.at,
        "attempt": ENTRIES.c.attempt,
        "kind": ENTRIES.c.kind,
    },
)
