"""Answers of the trainer become traces as they are read: each once, with origin and scores."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.support.factories import insert_rows, trace, trace_row
from tunix_rt.db.identity import now
from tunix_rt.db.models import generations, scores, trace_origins, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.exports.sources import OfSelection
from tunix_rt.domain.filtering.predicates import EVERYTHING
from tunix_rt.domain.generations.answers import AnsweringModel, stored_counts
from tunix_rt.domain.generations.grading import AnswerGrader
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY, GenerationPlan, enter_generation
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.generations.prompts import read_prompts, write_prompts
from tunix_rt.domain.jobs.ledger import LEASE
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.jobs.generations import process
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.jobs.generations.relay import AnswerRelay, DatabaseAnswers
from tunix_rt.jobs.holding import HeldJob, JobStopped
from tunix_rt.jobs.process import STATEMENT_SECONDS
from tunix_rt.settings import Settings

EVERY_TRACE = OfSelection(TraceSelection(EVERYTHING, (("created_at", False),)))
OPTIONS = GenerationOptions(samples_per_prompt=2, max_new_tokens=8, seed=3, scorers=("answer_match",))
TEXTS = ("Reasoning:\n1. add\nAnswer: 4", "four\0", "", "Reasoning:\n1. add\nAnswer: 6")


def answer(prompt: int, sample: int, text: str) -> dict[str, Any]:
    """An answer as the trainer reports it."""
    values = {"finishReason": "STOP", "tokens": len(text), "meanLogProbability": -0.5 if text else None}
    return {"prompt": prompt, "sample": sample, "text": text} | values


def event(seq: int, kind: str, **values: Any) -> bytes:
    """A line of the trainer's log."""
    return json.dumps({"seq": seq, "at": "", "attempt": 1, "event": kind} | values).encode() + b"\n"


class Generating:
    """A generation that this process holds, with its folder."""

    def __init__(self, database: Database, settings: Settings, generation_id: uuid.UUID, folder: Path) -> None:
        self.database = database
        self.settings = settings
        self.id = generation_id
        self.folder = folder
        self.progress = GenerationProgress(OPTIONS.samples_per_prompt, prompts=2)

    async def relay(self) -> AnswerRelay:
        """Returns a relay that starts at the beginning of the log, as one of a new process."""
        held = HeldJob(self.database, generations, Hold(self.id, "w", 1), LEASE, GENERATION_HISTORY)
        model, scoring = AnsweringModel(self.id, "m", None, None), ScorerService(self.settings)
        scorers = [await scoring.scorer(name) for name in OPTIONS.scorers]
        prompts = read_prompts(self.folder / "prompts.jsonl")
        limit = self.settings.trace_max_bytes
        grader = AnswerGrader(model, OPTIONS, limit, scoring, scorers)
        return AnswerRelay(self.folder, self.progress, DatabaseAnswers(held, prompts, grader))

    def log(self, *lines: bytes) -> None:
        """Appends to the trainer's log."""
        with (self.folder / "events.jsonl").open("ab") as file:
            file.writelines(lines)


async def started(database: Database, settings: Settings, folder: Path) -> Generating:
    """Enters a generation that answers two prompts, one of which two traces have, and claims it."""
    rows = [
        trace_row(trace(prompt), seconds=place, reference_answer=reference, group_key=f"group {prompt}")
        for place, (prompt, reference) in enumerate([("2 + 2?", "4"), ("2 + 2?", "5"), ("2 + 3?", None)])
    ]
    async with database.write() as session:
        await insert_rows(session, rows)
    async with database.write() as session:
        plan = GenerationPlan("m", EVERY_TRACE, OPTIONS)
        row = await enter_generation(session, plan, now())
        held = {"status": "RUNNING", "owner": "w", "attempt": 1, "lease_expires_at": now() + LEASE, "started_at": now()}
        await session.execute(update(generations).where(generations.c.id == row["id"]).values(held))
    assert await write_prompts(database, EVERY_TRACE, OPTIONS, folder / "prompts.jsonl", 0) == 2
    return Generating(database, settings, row["id"], folder)


async def stored(database: Database) -> list[Any]:
    """Returns the stored answers in order, with their origins."""
    query = select(traces, trace_origins).join_from(traces, trace_origins, trace_origins.c.trace_id == traces.c.id)
    order = (trace_origins.c.prompt_position, trace_origins.c.sample_index)
    async with database.read() as session:
        return list((await session.execute(query.order_by(*order))).all())


async def test_answers_are_stored_once_with_origin_group_and_scores(
    database: Database, settings: Settings, tmp_path: Path
):
    generating = await started(database, settings, tmp_path)
    relay = await generating.relay()
    assert not await relay.step()
    first = event(2, "answers", batch=0, answers=[answer(0, 0, TEXTS[0]), answer(0, 1, TEXTS[1])])
    second = event(3, "answers", batch=1, answers=[answer(1, 0, TEXTS[2]), answer(1, 1, TEXTS[3])])
    generating.log(event(1, "dataset", tooLong=0), first, second[:20])
    assert await relay.step()
    generating.log(second[20:], event(4, "done"))
    again = await generating.relay()
    assert [await again.step(), await again.step(), await relay.step()] == [True, False, True]

    found = await stored(database)
    decoded = [json.loads(row.payload) for row in found]
    assert [value["final_answer"] for value in decoded] == ["4", NO_ANSWER, NO_ANSWER, "6"]
    assert decoded[0]["steps"] == [{"i": 0, "type": "reasoning", "content": "add"}]
    assert [value["steps"][0]["content"] for value in decoded[1:3]] == ["four\ufffd", NO_ANSWER]
    assert [row.malformed for row in found] == [False, True, True, False]
    assert [row.raw_text for row in found] == [text.replace("\0", "\ufffd") for text in TEXTS]
    assert [row.group_key for row in found] == ["group 2 + 2?"] * 2 + ["group 2 + 3?"] * 2
    assert [row.reference_answer for row in found] == ["4", "4", None, None]
    assert found[0].external_id == f"{generating.id}/0/0"
    assert (found[0].source, found[0].seed, found[0].mean_log_probability) == ("generation:m", 3, -0.5)
    async with database.read() as session:
        graded = (await session.execute(select(scores.c.trace_id, scores.c.score).order_by(scores.c.id))).all()
        counts = await stored_counts(session, generating.id)
    assert [tuple(row) for row in graded] == [(found[0].trace_id, 1.0), (found[1].trace_id, 0.0)]
    assert (counts.answers, counts.malformed) == (4, 2)
    assert generating.progress.columns()["answer_count"] == 4


async def test_a_lost_hold_stores_nothing(database: Database, settings: Settings, tmp_path: Path):
    generating = await started(database, settings, tmp_path)
    relay = await generating.relay()
    async with database.write() as session:
        await session.execute(update(generations).values(attempt=2))
    generating.log(event(1, "answers", batch=0, answers=[answer(0, 0, TEXTS[0])]))

    with pytest.raises(JobStopped):
        await relay.step()

    assert await stored(database) == []


async def test_answers_that_are_stored_are_not_graded_again(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    graded: list[int] = []
    grade = AnswerGrader.grade_answers

    async def count_graded(self: AnswerGrader, answers: Any, prompts: Any) -> Any:
        graded.append(len(answers))
        return await grade(self, answers, prompts)

    monkeypatch.setattr(AnswerGrader, "grade_answers", count_graded)
    generating = await started(database, settings, tmp_path)
    generating.log(event(1, "answers", batch=0, answers=[answer(0, 0, TEXTS[0]), answer(0, 1, TEXTS[1])]))
    for _ in range(2):
        assert await (await generating.relay()).step()
    generating.log(event(2, "answers", batch=1, answers=[answer(1, 0, TEXTS[3])]))
    assert await (await generating.relay()).step()

    assert graded == [2, 1]
    assert len(await stored(database)) == 3


async def test_a_generation_may_read_its_prompts_for_longer_than_a_request(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    limits: list[float] = []

    async def note_limit(database: Database, *_: object) -> int:
        await database.close()
        return 0

    def open_database(given: Settings) -> Database:
        limits.append(given.db_statement_timeout_seconds)
        return Database(given)

    monkeypatch.setattr(process, "Database", open_database)
    monkeypatch.setattr(process, "perform_held", note_limit)
    assert await process.run(settings, Hold(uuid.uuid4(), "w", 1)) == 0
    assert limits == [STATEMENT_SECONDS]
