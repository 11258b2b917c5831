"""The result of comparing two datasets, and its storage."""

from __future__ import annotations

import heapq
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import insert, select

from tunix_rt.db.bulk import chunks, insert_rows
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import contaminated_pairs, contaminations
from tunix_rt.db.session import Session, lock_until_end
from tunix_rt.domain.contamination.matching import ContaminationKind, PromptIndex, PromptMatch

PAIRS_MAX = 10_000
RANK = {kind: rank for rank, kind in enumerate(ContaminationKind)}
Prompts: TypeAlias = list[tuple[uuid.UUID, str]]
"""Traces' ids and prompts."""


@dataclass
class ContaminationReport:
    """The result of comparing a training dataset with an evaluation dataset.

    Args:
        counts: the number of pairs of each kind.
        pairs: the ``PAIRS_MAX`` pairs of the worst kinds with the highest overlaps, the worst first.
        train_prompts: the number of distinct prompts that are too similar to one of the evaluation dataset.
    """

    counts: Counter[ContaminationKind] = field(default_factory=Counter)
    pairs: list[PromptMatch] = field(default_factory=list)
    train_prompts: int = 0

    def add(self, index: PromptIndex, prompts: Prompts) -> None:
        """Adds the matches of training prompts."""
        for trace_id, prompt in prompts:
            found = list(index.matches(trace_id, prompt))
            self.train_prompts += bool(found)
            self.counts.update(match.kind for match in found)
            self.pairs += found
        if len(self.pairs) > 2 * PAIRS_MAX:
            self.sort()

    def sort(self) -> None:
        """Sorts the pairs, and drops those beyond the limit."""
        self.pairs = heapq.nsmallest(PAIRS_MAX, self.pairs, key=rank_of)


def rank_of(match: PromptMatch) -> tuple[int, float, uuid.UUID, uuid.UUID]:
    """Returns the position of a pair in the order of a report."""
    return RANK[match.kind], -match.overlap, match.train_id, match.eval_id


async def stored_contamination(session: Session, train_id: uuid.UUID, eval_id: uuid.UUID) -> uuid.UUID | None:
    """Returns the id of the stored comparison of two datasets; None if there is none."""
    query = select(contaminations.c.id).where(
        contaminations.c.train_dataset_id == train_id, contaminations.c.eval_dataset_id == eval_id
    )
    found: uuid.UUID | None = (await session.execute(query)).scalar()
    return found


async def store_contamination(
    session: Session, train_id: uuid.UUID, eval_id: uuid.UUID, report: ContaminationReport
) -> uuid.UUID:
    """Stores a comparison and returns its id, or the id of an equal one that was stored in the meantime."""
    await lock_until_end(session, "contaminations")
    if (known := await stored_contamination(session, train_id, eval_id)) is not None:
        return known
    row = {
        "id": new_id(),
        "train_dataset_id": train_id,
        "eval_dataset_id": eval_id,
        "train_prompt_count": report.train_prompts,
        "equal_count": report.counts[ContaminationKind.EQUAL_PROMPT],
        "shared_count": report.counts[ContaminationKind.SHARED_NGRAMS],
        "near_count": report.counts[ContaminationKind.NEAR_DUPLICATE],
        "checked_at": now(),
    }
    await session.execute(insert(contaminations), [row])
    for part in chunks([pair_row(row["id"], pair) for pair in report.pairs], 1000):
        await insert_rows(session, contaminated_pairs, part)
    return uuid.UUID(str(row["id"]))


def pair_row(contamination_id: object, pair: PromptMatch) -> dict[str, object]:
    """Returns the row of a pair."""
    return {
        "id": new_id(),
        "contamination_id": contamination_id,
        "kind": pair.kind.value,
        "overlap": pair.overlap,
        "train_trace_id": pair.train_id,
        "eval_trace_id": pair.eval_id,
    }
