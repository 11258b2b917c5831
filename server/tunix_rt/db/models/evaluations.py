"""Evaluations: their candidates, the frozen scores of each prompt, and the comparisons of candidates."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import BigInteger, CheckConstraint, Column, Double, ForeignKey, Index, Integer, Table, UniqueConstraint

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA, one_of
from tunix_rt.db.models.jobs import JobStatus, created_by_column, ledger_checks, ledger_columns


class CandidateKind(Enum):
    """The origin of a candidate's answers."""

    FILTER = "FILTER"
    GENERATION = "GENERATION"
    RUN = "RUN"
    MODEL = "MODEL"


class SignificanceTest(Enum):
    """The test from which a p-value comes."""

    MCNEMAR = "MCNEMAR"
    PERMUTATION = "PERMUTATION"


evaluations = Table(
    "evaluations",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("name", code_point_text(), nullable=False),
    Column("dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="SET NULL")),
    Column("dataset_key", code_point_text(), nullable=False, comment="Kept when the dataset is deleted."),
    Column("scorer", code_point_text(), nullable=False),
    Column("samples_per_prompt", Integer, comment="The most answers to a prompt that count; null for all."),
    Column("seed", BigInteger, nullable=False, comment="Of the resampling, and of generations that it starts."),
    Column("prompt_count", Integer, nullable=False, comment="Prompts of the dataset; 0 until they are counted."),
    *ledger_columns(),
    created_by_column(),
    UniqueConstraint("name"),
    CheckConstraint("samples_per_prompt BETWEEN 1 AND 64", name="samples_range"),
    CheckConstraint("prompt_count >= 0", name="prompt_count_range"),
    *ledger_checks(),
    Index(None, "created_at", "id"),
    Index(None, "status", "created_at", "id"),
    Index(None, "dataset_id", "scorer", "created_at", "id"),
)

evaluation_events = Table(
    "evaluation_events",
    METADATA,
    Column("evaluation_id", uuid_column(), ForeignKey("evaluations.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="From 1, without gaps."),
    Column("at", UtcDateTime(), nullable=False),
    Column("status", code_point_text(), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("progress", Double, nullable=False),
    Column("message", code_point_text()),
    one_of("status", JobStatus),
    sqlite_with_rowid=False,
)

evaluation_candidates = Table(
    "evaluation_candidates",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("evaluation_id", uuid_column(), ForeignKey("evaluations.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", code_point_text(), nullable=False),
    Column("kind", code_point_text(), nullable=False),
    Column("run_id", uuid_column(), ForeignKey("tunix_runs.id", ondelete="SET NULL")),
    Column("generation_id", uuid_column(), comment="No foreign key: its answers may outlive it."),
    Column("model_id", code_point_text()),
    Column("mean", Double, comment="Null until completed, and without a score."),
    Column("low", Double),
    Column("high", Double),
    Column("prompt_count", Integer, nullable=False, comment="Prompts with a score."),
    Column("answer_count", Integer, nullable=False),
    Column("unscored_count", Integer, nullable=False),
    Column("token_count", BigInteger, comment="Of all answers; null if any has none."),
    Column("selection", json_text(), comment="The filter of a candidate of kind FILTER."),
    UniqueConstraint("evaluation_id", "position"),
    UniqueConstraint("evaluation_id", "name"),
    one_of("kind", CandidateKind),
    CheckConstraint("(mean IS NULL) = (low IS NULL) AND (mean IS NULL) = (high IS NULL)", name="mean_with_interval"),
    CheckConstraint("prompt_count >= 0 AND answer_count >= 0 AND unscored_count >= 0", name="count_range"),
    Index(None, "run_id", "id"),
    Index(None, "generation_id"),
)

evaluation_outcomes = Table(
    "evaluation_outcomes",
    METADATA,
    Column("candidate_id", uuid_column(), ForeignKey("evaluation_candidates.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False, comment="Of the prompt, in the dataset."),
    Column("sample", Integer, primary_key=True, autoincrement=False),
    Column("trace_id", uuid_column(), nullable=False, comment="No foreign key: a deleted trace leaves its score."),
    Column("score", Double, comment="Null if the scorer gave none."),
    Column("prompt_score", Double, comment="The mean over the prompt's samples; null without a score."),
    sqlite_with_rowid=False,
)

evaluation_pairs = Table(
    "evaluation_pairs",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("evaluation_id", uuid_column(), ForeignKey("evaluations.id", ondelete="CASCADE"), nullable=False),
    Column("a_id", uuid_column(), ForeignKey("evaluation_candidates.id", ondelete="CASCADE"), nullable=False),
    Column("b_id", uuid_column(), ForeignKey("evaluation_candidates.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("difference", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("test", code_point_text(), nullable=False),
    Column("p_value", Double, nullable=False),
    Column("p_holm", Double, nullable=False),
    Column("win_count", Integer, nullable=False),
    Column("loss_count", Integer, nullable=False),
    Column("tie_count", Integer, nullable=False),
    Column("both_wrong_count", Integer, nullable=False),
    Column("detectable_difference", Double),
    Column("prompts_needed", BigInteger),
    UniqueConstraint("evaluation_id", "position"),
    one_of("test", SignificanceTest),
    CheckConstraint("p_value BETWEEN 0 AND 1 AND p_holm BETWEEN 0 AND 1", name="p_value_range"),
    Index(None, "a_id"),
    Index(None, "b_id"),
)

evaluation_rivals = Table(
    "evaluation_rivals",
    METADATA,
    Column("a_id", uuid_column(), ForeignKey("evaluation_candidates.id", ondelete="CASCADE"), primary_key=True),
    Column("b_id", uuid_column(), ForeignKey("evaluation_candidates.id", ondelete="CASCADE"), primary_key=True),
    Column("difference", Double, nullable=False, comment="Of candidates of two evaluations, a minus b."),
    Column("p_value", Double, nullable=False),
    CheckConstraint("p_value BETWEEN 0 AND 1", name="p_value_range"),
    Index(None, "b_id"),
    sqlite_with_rowid=False,
)
