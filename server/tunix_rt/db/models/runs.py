"""Runs: the permanent registry of training, with each run's state changes, log lines and metrics.

All three take their ``seq`` from one counter (``tunix_runs.last_seq``), so that a subscription replays them in order
from any position.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA, one_of
from tunix_rt.db.models.jobs import (
    JobStatus,
    created_by_column,
    label_items,
    ledger_checks,
    ledger_columns,
    token_columns,
)
from tunix_rt.trainer.contract import ArtifactKind, Method, ValueKind

EXTERNAL = "external"
"""The engine of a run that is trained elsewhere, by a program that reports to this server."""


class RunMode(Enum):
    """The mode of a run: training, or a check that training is possible."""

    DRY_RUN = "DRY_RUN"
    TRAIN = "TRAIN"


class RunEngine(Enum):
    """An engine that executes training runs, by its value in the database."""

    LOCAL = "local"
    RAY = "ray"
    SLURM = "slurm"


CLUSTERS = (RunEngine.RAY, RunEngine.SLURM)
"""The engines that reserve resources on a cluster, which trains their runs."""


class LogStream(Enum):
    """The stream of a log line."""

    STDOUT = "STDOUT"
    STDERR = "STDERR"


def sequence_columns() -> list[Column[Any]]:
    """Returns the columns that all tables of a run's timeline share."""
    return [
        Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="CASCADE"), primary_key=True),
        Column("seq", Integer, primary_key=True, autoincrement=False, comment="From 1; one counter for all entries."),
        Column("at", UtcDateTime(), nullable=False),
        Column("attempt", Integer, nullable=False),
    ]


def parameter_columns() -> list[Column[Any]]:
    """Returns the columns of the parameters that lists are filtered and sorted by, derived from ``config``."""
    return [
        Column("learning_rate", Double),
        Column("num_epochs", Integer),
        Column("batch_size", Integer),
        Column("max_seq_length", Integer),
        Column("max_steps", Integer),
        Column("seed", Integer),
        Column("gradient_accumulation_steps", Integer),
        Column("warmup_steps", Integer),
        Column("schedule", code_point_text()),
        Column("weight_decay", Double),
        Column("max_grad_norm", Double),
        Column("lora_rank", Integer),
        Column("lora_alpha", Double),
    ]


PARAMETERS = tuple(column.name for column in parameter_columns())

tunix_runs = Table(
    "tunix_runs",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="RESTRICT")),
    Column("eval_dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="RESTRICT")),
    Column("dataset_key", code_point_text(), nullable=False),
    Column("model_id", code_point_text(), nullable=False),
    Column("mode", code_point_text(), nullable=False),
    Column("method", code_point_text(), nullable=False),
    Column("output_name", code_point_text(), comment="The folder below the runs folder."),
    Column("engine", code_point_text(), nullable=False),
    Column("engine_ref", code_point_text(), comment="How the engine finds the attempt's process again."),
    Column("exit_code", Integer),
    Column("duration_seconds", Double),
    *ledger_columns(),
    Column("step", Integer),
    Column("total_steps", Integer),
    Column("epoch", Double),
    Column("eta_seconds", Double),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("message", Text, nullable=False),
    Column("config", json_text()),
    Column("manifest", Text, comment="The YAML that was used; null until then."),
    Column("read_to", json_text(), comment="How far the folder's files are in the sequence: see jobs.relay."),
    Column("stdout", Text, nullable=False),
    Column("stderr", Text, nullable=False),
    Column("tags", json_text(), comment="List of texts; null for none."),
    Column("notes", code_point_text(), comment="Markdown."),
    *parameter_columns(),
    created_by_column(),
    Column("parameters", json_text(), comment="Of an external run, as its program has registered them."),
    Column("reported_batch", Integer, comment="Of an external run; null for all others."),
    Column("reported_sha256", code_point_text(), comment="Hash of that batch."),
    Column("reported_at", UtcDateTime()),
    *ledger_checks(),
    one_of("mode", RunMode),
    one_of("method", Method),
    UniqueConstraint("output_name"),
    Index(None, "created_at", "id"),
    Index(None, "status", "created_at", "id"),
    Index(None, "dataset_key", "created_at", "id"),
    Index(None, "model_id", "created_at", "id"),
    Index(None, "dataset_id", "created_at", "id"),
    Index(None, "eval_dataset_id", "created_at", "id"),
    Index(None, "completed_at", "id"),
)

run_states = Table(
    "run_states",
    METADATA,
    *sequence_columns(),
    Column("status", code_point_text(), nullable=False),
    Column("progress", Double, nullable=False),
    Column("step", Integer),
    Column("total_steps", Integer),
    Column("epoch", Double),
    Column("eta_seconds", Double),
    Column("reason", Text),
    one_of("status", JobStatus),
    sqlite_with_rowid=False,
)

run_logs = Table(
    "run_logs",
    METADATA,
    *sequence_columns(),
    Column("stream", code_point_text(), nullable=False),
    Column("text", Text, nullable=False),
    one_of("stream", LogStream),
    sqlite_with_rowid=False,
)

run_metrics = Table(
    "run_metrics",
    METADATA,
    *sequence_columns(),
    Column("name", code_point_text(), nullable=False),
    Column("step", Integer, nullable=False),
    Column("value", Double, comment="Null unless finite."),
    Column("value_kind", code_point_text(), nullable=False),
    one_of("value_kind", ValueKind),
    CheckConstraint("(value_kind = 'FINITE') = (value IS NOT NULL)", name="value_while_finite"),
    Index(None, "run_id", "name", "step", "seq"),
    sqlite_with_rowid=False,
)

run_artifacts = Table(
    "run_artifacts",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="CASCADE"), nullable=False),
    Column("name", code_point_text(), nullable=False, comment="Its path below the run's folder."),
    Column("kind", code_point_text(), nullable=False),
    Column("step", Integer, comment="The checkpoint's step."),
    Column("byte_size", BigInteger, nullable=False),
    Column("sha256", code_point_text(), comment="Null for a folder, such as a checkpoint."),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("attempt", Integer, comment="Whose folder in the storage has it; null if only the run's folder has."),
    one_of("kind", ArtifactKind),
    CheckConstraint("byte_size >= 0", name="byte_size_range"),
    UniqueConstraint("run_id", "name"),
)

attempt_tokens = Table(
    "attempt_tokens",
    METADATA,
    Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="CASCADE"), primary_key=True),
    *token_columns(),
    Column("job", code_point_text(), comment="The number of its job, from a cluster that numbers jobs itself."),
)

run_labels = Table(
    "run_labels",
    METADATA,
    Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="CASCADE"), primary_key=True),
    *label_items("run"),
)
