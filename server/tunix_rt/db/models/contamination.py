"""Contamination: comparisons of training with evaluation prompts, and protected sets of hashes and signatures."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from tunix_rt.db.columns import UtcDateTime, code_point_text, uuid_column
from tunix_rt.db.models.base import METADATA

contaminations = Table(
    "contaminations",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("train_dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("eval_dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("train_prompt_count", BigInteger, nullable=False, comment="Distinct training prompts in any pair."),
    Column("equal_count", BigInteger, nullable=False),
    Column("shared_count", BigInteger, nullable=False),
    Column("near_count", BigInteger, nullable=False),
    Column("checked_at", UtcDateTime(), nullable=False),
    UniqueConstraint("train_dataset_id", "eval_dataset_id"),
    Index(None, "eval_dataset_id"),
)

contaminated_pairs = Table(
    "contaminated_pairs",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("contamination_id", uuid_column(), ForeignKey("contaminations.id", ondelete="CASCADE"), nullable=False),
    Column("kind", code_point_text(), nullable=False),
    Column("overlap", Double, nullable=False, comment="Jaccard index."),
    Column("train_trace_id", uuid_column(), nullable=False, comment="No foreign key: the trace may be deleted."),
    Column("eval_trace_id", uuid_column(), nullable=False, comment="No foreign key: the trace may be deleted."),
    CheckConstraint("kind IN ('EQUAL_PROMPT', 'SHARED_NGRAMS', 'NEAR_DUPLICATE')", name="kind"),
    CheckConstraint("overlap > 0 AND overlap <= 1", name="overlap_range"),
    Index(None, "contamination_id", "overlap", "id"),
)

protected_sets = Table(
    "protected_sets",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("name", code_point_text(), nullable=False),
    Column("prompt_count", BigInteger, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("signature_count", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("name"),
    CheckConstraint("prompt_count > 0", name="prompt_count_range"),
)

protected_prompts = Table(
    "protected_prompts",
    METADATA,
    Column("set_id", uuid_column(), ForeignKey("protected_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("prompt_hash", LargeBinary, primary_key=True, comment="sha256 of the prompt."),
    Column("signature", LargeBinary, comment="MinHash of the prompt; null if only its hash is known."),
    Index(None, "prompt_hash"),
    sqlite_with_rowid=False,
)

protected_comparisons = Table(
    "protected_comparisons",
    METADATA,
    Column("set_id", uuid_column(), ForeignKey("protected_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("dataset_id", uuid_column(), ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("near_count", BigInteger, nullable=False, comment="Prompts of the dataset, without equal ones."),
    Index(None, "dataset_id"),
)
