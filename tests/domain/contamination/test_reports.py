"""Reports of contamination: which pairs are kept, their order, and that a comparison is stored once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from tests.support.runs import make_dataset
from tunix_rt.db.models import contaminated_pairs, contaminations
from tunix_rt.db.session import Database
from tunix_rt.domain.contamination import storage
from tunix_rt.domain.contamination.matching import ContaminationKind, PromptIndex, PromptMatch
from tunix_rt.domain.contamination.storage import ContaminationReport, store_contamination

MATCHES = {
    "near": [(ContaminationKind.NEAR_DUPLICATE, 0.9), (ContaminationKind.NEAR_DUPLICATE, 0.95)],
    "shared": [(ContaminationKind.SHARED_NGRAMS, 0.1), (ContaminationKind.SHARED_NGRAMS, 0.4)],
    "unlike": [],
    "equal": [(ContaminationKind.EQUAL_PROMPT, 1.0)],
}


class Matches:
    """An index that finds the ``MATCHES`` of prompts."""

    def matches(self, trace_id: uuid.UUID, prompt: str) -> Iterator[PromptMatch]:
        """Yields them."""
        for kind, overlap in MATCHES[prompt]:
            yield PromptMatch(kind, trace_id, uuid.uuid4(), overlap)


def report_of(*prompts: str) -> ContaminationReport:
    """Returns the report of training prompts, each in another batch."""
    report = ContaminationReport()
    for prompt in prompts:
        report.add(cast(PromptIndex, Matches()), [(uuid.uuid4(), prompt)])
    report.sort()
    return report


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_pairs_of_the_worst_kinds_are_kept_and_all_are_counted(most: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage, "PAIRS_MAX", most)
    report = report_of(*MATCHES)

    worst = [("EQUAL_PROMPT", 1.0), ("SHARED_NGRAMS", 0.4), ("SHARED_NGRAMS", 0.1)]
    worst += [("NEAR_DUPLICATE", 0.95), ("NEAR_DUPLICATE", 0.9)]
    assert [(pair.kind.value, pair.overlap) for pair in report.pairs] == worst[:most]
    assert {kind.value: count for kind, count in report.counts.items()} == {
        "EQUAL_PROMPT": 1,
        "SHARED_NGRAMS": 2,
        "NEAR_DUPLICATE": 2,
    }
    assert report.train_prompts == 3, "a prompt that is like several counts once"


async def test_pairs_are_stored_in_order_and_a_comparison_once(database: Database):
    train, evaluated = await make_dataset(database, 2, "train"), await make_dataset(database, 2, "eval")
    report = report_of(*MATCHES)

    async def stored() -> uuid.UUID:
        async with database.write() as session:
            return await store_contamination(session, train, evaluated, report)

    assert await stored() == await stored()
    async with database.read() as session:
        by_id = select(contaminated_pairs.c.overlap).order_by(contaminated_pairs.c.id)
        assert list((await session.execute(by_id)).scalars()) == [pair.overlap for pair in report.pairs]
        row: Any = (await session.execute(select(contaminations))).one()
        assert await session.scalar(select(func.count()).select_from(contaminations)) == 1
    assert (row.equal_count, row.shared_count, row.near_count, row.train_prompt_count) == (1, 2, 2, 3)
