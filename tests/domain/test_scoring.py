"""Scoring holds a bounded part of the stored traces at once."""

from __future__ import annotations

import pytest

from tests.support.factories import trace, trace_draft
from tunix_rt.db.identity import new_id
from tunix_rt.db.session import Database
from tunix_rt.domain.scorers import get_scorer, scoring
from tunix_rt.domain.scorers.base import Scorer, Verdict
from tunix_rt.domain.scorers.running.executing import ScorerExecutor
from tunix_rt.domain.traces.origins import OriginDraft, add_origins
from tunix_rt.domain.traces.storage import add_traces, delete_traces
from tunix_rt.trainer.contract import FinishReason


async def test_long_traces_are_read_in_parts_that_fit(database: Database, monkeypatch: pytest.MonkeyPatch):
    steps = [{"i": 0, "type": "reasoning", "content": "x" * 1000}]
    async with database.write() as session:
        rows = await add_traces(session, [trace_draft(trace(f"Question {n}", steps=steps)) for n in range(7)])
    ids = [new_id(), *(row["id"] for row in rows)]
    size = len(rows[0]["payload"])
    monkeypatch.setattr(scoring, "PAYLOAD_CHARS", 3 * size)

    async with database.read() as session:
        parts = await scoring.parts_by_size(session, ids)
    batch = await scoring.score_batch(database, ScorerExecutor(), ids, get_scorer("baseline"), only_missing=False)

    assert [len(part) for part in parts] == [4, 3, 1]  # the first id is no trace's
    assert [trace_id for part in parts for trace_id in part] == ids
    assert [row["trace_id"] for row in batch.rows] == ids[1:]
    assert batch.missing == ids[:1]


async def test_a_trace_longer_than_a_part_is_a_part_itself(database: Database, monkeypatch: pytest.MonkeyPatch):
    async with database.write() as session:
        rows = await add_traces(session, [trace_draft(trace(f"Question {n}")) for n in range(3)])
    monkeypatch.setattr(scoring, "PAYLOAD_CHARS", 1)

    async with database.write() as session:
        parts = await scoring.parts_by_size(session, [row["id"] for row in rows])

    assert [len(part) for part in parts] == [1, 1, 1]


async def test_an_answer_is_graded_by_the_reference_answer_of_its_trace(database: Database):
    drafts = [trace_draft(trace(f"Question {n}", final_answer="18")) for n in range(4)]
    for draft, reference in zip(drafts, ("18.0", "19", "eighteen", None), strict=True):
        draft.reference_answer = reference
    async with database.write() as session:
        ids = [row["id"] for row in await add_traces(session, drafts)]
    batch = await scoring.score_batch(database, ScorerExecutor(), ids, get_scorer("answer_match"), only_missing=False)
    again = await scoring.score_batch(database, ScorerExecutor(), ids, get_scorer("answer_match"), only_missing=True)

    found = [(row["trace_id"], row["score"], row["details"]["verdict"]) for row in batch.rows]
    assert found == list(zip(ids, (1.0, 0.0, 0.5), ("CORRECT", "WRONG", "UNDECIDED"), strict=False))
    assert (batch.unscored, again.unscored, again.skipped, again.rows) == (1, 1, 3, [])


async def test_a_scorer_sees_the_metadata_the_reference_answer_and_the_external_id(database: Database):
    draft = trace_draft(trace("Question", meta={"source": "exam", "level": 3}), external_id="q-1")
    draft.reference_answer = "18"
    async with database.write() as session:
        ids = [row["id"] for row in await add_traces(session, [draft])]
    seen = Scorer(
        "seen",
        "1",
        "Stores what it sees.",
        0,
        1,
        lambda given: Verdict(1.0, {"seen": [given.prompt, given.meta, given.reference_answer, given.external_id]}),
    )

    batch = await scoring.score_batch(database, ScorerExecutor(), ids, seen, only_missing=False)

    assert [row["details"]["seen"] for row in batch.rows] == [["Question", {"source": "exam", "level": 3}, "18", "q-1"]]


async def test_a_generated_answer_that_did_not_follow_its_template_has_no_valid_format(database: Database):
    async with database.write() as session:
        rows = await add_traces(session, [trace_draft(trace(f"Question {n}")) for n in range(3)])
        ids = [row["id"] for row in rows]
        origins = (
            OriginDraft(
                model_id="tiny",
                prompt_position=place,
                sample_index=0,
                temperature=1.0,
                top_p=1.0,
                max_new_tokens=8,
                finish_reason=FinishReason.STOP,
                token_count=4,
                malformed=bool(place),
                raw_text="4",
            )
            for place in range(2)
        )
        await add_origins(session, zip(ids, origins, strict=False))

    batch = await scoring.score_batch(database, ScorerExecutor(), ids, get_scorer("format_valid"), only_missing=False)

    assert [row["score"] for row in batch.rows] == [1.0, 0.0, 1.0]


async def test_a_trace_deleted_while_it_is_scored_is_missing(database: Database):
    async with database.write() as session:
        rows = await add_traces(session, [trace_draft(trace(f"Question {n}")) for n in range(2)])
    ids = [row["id"] for row in rows]

    class Deleting(ScorerExecutor):
        async def outcomes(self, scorer, traces, until=None):
            async with database.write() as session:
                await delete_traces(session, ids[:1])
            return await super().outcomes(scorer, traces, until)

    batch = await scoring.score_batch(database, Deleting(), ids, get_scorer("length"), only_missing=False)

    assert [row["trace_id"] for row in batch.rows] == ids[1:]
    assert batch.missing == ids[:1]
