"""The candidates of a leaderboard: of completed evaluations alone, each name once, those evaluated last."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from tests.support.runs import make_dataset
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import evaluation_candidates, evaluations
from tunix_rt.db.session import Database
from tunix_rt.domain.evaluations import leaderboard as module
from tunix_rt.domain.evaluations.leaderboard import leaderboard, ranked_candidates
from tunix_rt.domain.jobs.ledger import completed_job, new_job

START = now() - timedelta(days=1)


async def enter(
    database: Database, dataset: uuid.UUID, hours: int, means: dict[str, float | None], **columns: Any
) -> dict[str, uuid.UUID]:
    """Stores an evaluation that was completed after some hours; returns the ids of its candidates."""
    at = START + timedelta(hours=hours)
    row = completed_job(at) | {"id": new_id(), "name": f"{new_id()}", "dataset_id": dataset, "dataset_key": "d"}
    row |= {"scorer": "ada", "samples_per_prompt": None, "seed": 0, "prompt_count": 1} | columns
    candidates = [
        {
            "id": new_id(),
            "evaluation_id": row["id"],
            "position": position,
            "name": name,
            "kind": "FILTER",
            "mean": mean,
            "low": mean,
            "high": mean,
            "prompt_count": 1,
            "answer_count": 1,
            "unscored_count": 0,
        }
        for position, (name, mean) in enumerate(means.items())
    ]
    async with database.write() as session:
        await session.execute(insert(evaluations), [row])
        await session.execute(insert(evaluation_candidates), candidates)
    return {str(one["name"]): one["id"] for one in candidates}


async def test_a_candidate_counts_as_it_was_evaluated_last(database: Database, monkeypatch: pytest.MonkeyPatch):
    dataset, other = await make_dataset(database), await make_dataset(database, name="other")
    new = await enter(database, dataset, 3, {"b": 0.5, "unscored": None})
    old = await enter(database, dataset, 1, {"a": 0.25, "b": 1.0, "c": 0.75})
    await enter(database, dataset, 4, {"x": 1.0}, scorer="bob")
    await enter(database, other, 4, {"x": 1.0})
    await enter(database, dataset, 4, {"x": 1.0}, **new_job(START))

    async with database.read() as session:
        found = await ranked_candidates(session, dataset, "ada")
        assert [(row.name, row.id) for row in found] == [("b", new["b"]), ("a", old["a"]), ("c", old["c"])]
        assert [row.name for row in await ranked_candidates(session, dataset, "ada", {"b"})] == ["a", "c"]
        board = await leaderboard(session, dataset, "ada")
        assert [entry.candidate_id for entry in board.entries] == [old["c"], new["b"], old["a"]]
        assert [(entry.best_rank, entry.worst_rank, entry.groups) for entry in board.entries] == [(1, 3, [0])] * 3
        monkeypatch.setattr(module, "ENTRIES_MAX", 2)
        assert [row.name for row in await ranked_candidates(session, dataset, "ada")] == ["b", "a"]
