"""Generations: jobs in which a model answers prompts, their events, and the origins of all generated traces."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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
from tunix_rt.trainer.contract import FinishReason

generations = Table(
    "generations",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("model_id", code_point_text(), nullable=False),
    Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="SET NULL"), comment="Whose model it is."),
    Column("checkpoint_step", Integer, comment="Null for the exported model of a run, and for other models."),
    Column("dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="SET NULL")),
    Column("prompt_count", Integer, comment="Null until the prompts are known."),
    Column("too_long_count", Integer, nullable=False, comment="Prompts without answers, since they are too long."),
    Column("answer_count", Integer, nullable=False),
    Column("malformed_count", Integer, nullable=False),
    Column("token_count", BigInteger, nullable=False),
    Column("tokens_per_second", Double),
    Column("eta_seconds", Double),
    *ledger_columns(),
    Column("options", json_text(), nullable=False, comment="Sampling parameters, template, scorers."),
    Column("recipe", json_text(), nullable=False, comment="Which traces the prompts are taken from."),
    Column("stderr", Text, nullable=False),
    created_by_column(),
    Column("next_batch", Integer, nullable=False, server_default="0", comment="Of workers elsewhere: not stored yet."),
    *ledger_checks(),
    CheckConstraint(
        "too_long_count >= 0 AND malformed_count BETWEEN 0 AND answer_count AND token_count >= 0", name="count_range"
    ),
    Index(None, "created_at", "id"),
    Index(None, "status", "created_at", "id"),
    Index(None, "run_id", "created_at", "id"),
    Index(None, "dataset_id", "created_at", "id"),
)

generation_tokens = Table(
    "generation_tokens",
    METADATA,
    Column("generation_id", uuid_column(), ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
    *token_columns(),
)

generation_labels = Table(
    "generation_labels",
    METADATA,
    Column("generation_id", uuid_column(), ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
    *label_items("generation"),
)

generation_events = Table(
    "generation_events",
    METADATA,
    Column("generation_id", uuid_column(), ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="From 1, without gaps."),
    Column("at", UtcDateTime(), nullable=False),
    Column("status", code_point_text(), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("progress", Double, nullable=False),
    Column("answer_count", Integer, nullable=False),
    Column("token_count", BigInteger, nullable=False),
    Column("message", code_point_text()),
    one_of("status", JobStatus),
    sqlite_with_rowid=False,
)

trace_origins = Table(
    "trace_origins",
    METADATA,
    Column("trace_id", uuid_column(), ForeignKey("traces.id", ondelete="CASCADE"), primary_key=True),
    Column("generation_id", uuid_column(), ForeignKey("generations.id", ondelete="SET NULL")),
    Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="SET NULL")),
    Column("model_id", code_point_text(), nullable=False),
    Column("checkpoint_step", Integer),
    Column("policy_version", Integer, comment="Of rollouts: the number of updates that the policy had seen."),
    # Null, like what follows, if an external run does not report it.
    Column("prompt_position", Integer),
    Column("sample_index", Integer),
    Column("temperature", Double),
    Column("top_p", Double),
    Column("max_new_tokens", Integer),
    Column("seed", BigInteger),
    Column("template", code_point_text()),
    Column("finish_reason", code_point_text()),
    Column("token_count", Integer),
    Column("mean_log_probability", Double),
    Column("malformed", Boolean, nullable=False),
    Column("raw_text", Text, nullable=False, comment="As it was generated, before it was parsed."),
    one_of("finish_reason", FinishReason),
    CheckConstraint("prompt_position >= 0 AND sample_index >= 0 AND token_count >= 0", name="count_range"),
    UniqueConstraint("generation_id", "prompt_position", "sample_index", name="uq_trace_origins_answer"),
    UniqueConstraint(*("run_id", "policy_version", "prompt_position", "sample_index"), name="uq_trace_origins_rollout"),
    Index(None, "run_id", "trace_id"),
)
