"""Storing the answers of a generation: from the trainer's log to traces with origins and scores."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import update

from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, table
from tests.benchmarks.workload import traces as made_up
from tunix_rt.db.identity import now
from tunix_rt.db.models import generations
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.sources import OfSelection
from tunix_rt.domain.generations.answers import AnsweringModel
from tunix_rt.domain.generations.grading import AnswerGrader
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY, GenerationPlan, enter_generation
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.generations.prompts import read_prompts, write_prompts
from tunix_rt.domain.jobs.ledger import LEASE
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.jobs.generations.relay import AnswerRelay, DatabaseAnswers
from tunix_rt.jobs.holding import HeldJob
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import ANSWERS_AT_ONCE, EVENTS_FILE, PROMPTS_FILE

PROMPTS, SAMPLES, TRACE_BYTES = 2500, 8, 500
ANSWER = "Reasoning:\n" + "".join(f"{number}. A step of the reasoning.\n" for number in range(1, 9)) + "Answer: 42"
SOURCE = OfSelection(TraceSelection())


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading(f"Storing {PROMPTS * SAMPLES:,} answers of {len(ANSWER)} characters, with one scorer and without")
    rows = [
        [f"{name}, {'scored' if scorers else 'unscored'}", *asyncio.run(measure(databases, kind, scorers))]
        for kind, name in KINDS.items()
        for scorers in ((), ("step_arithmetic",))
    ]
    table(["", "seconds", "answers/s"], rows)


async def measure(databases: Databases, kind: str, scorers: tuple[str, ...]) -> list[str]:
    """The figures of one database."""
    url = databases.fresh(kind)
    settings, folder = settings_for(url, databases.folder), databases.folder / f"generation-{uuid.uuid4()}"
    await fill(settings, made_up(PROMPTS, TRACE_BYTES))
    folder.mkdir()
    database = Database(settings)
    scoring = ScorerService(settings)
    options = GenerationOptions(samples_per_prompt=SAMPLES, scorers=scorers)
    relay = await prepared(database, settings, folder, options, scoring)
    start = time.perf_counter()
    while await relay.step():
        pass
    took = time.perf_counter() - start
    await scoring.close()
    await database.close()
    databases.remove(url)
    if relay.progress.answers != PROMPTS * SAMPLES:
        raise RuntimeError(f"{relay.progress.answers} answers were stored")
    return [f"{took:.1f}", f"{relay.progress.answers / took:.0f}"]


async def prepared(
    database: Database, settings: Settings, folder: Path, options: GenerationOptions, scoring: ScorerService
) -> AnswerRelay:
    """A generation whose trainer has answered everything, of which nothing is stored yet."""
    await write_prompts(database, SOURCE, options, folder / PROMPTS_FILE, 0)
    prompts = read_prompts(folder / PROMPTS_FILE)
    write_log(folder / EVENTS_FILE, len(prompts))
    async with database.write() as session:
        row = await enter_generation(session, GenerationPlan("m", SOURCE, options), now())
        held = {"status": "RUNNING", "owner": "w", "attempt": 1, "lease_expires_at": now() + LEASE, "started_at": now()}
        await session.execute(update(generations).where(generations.c.id == row["id"]).values(held))
    job = HeldJob(database, generations, Hold(row["id"], "w", 1), LEASE, GENERATION_HISTORY)
    model = AnsweringModel(row["id"], "m", None, None)
    scorers = [await scoring.scorer(name) for name in options.scorers]
    progress = GenerationProgress(SAMPLES, prompts=len(prompts))
    grader = AnswerGrader(model, options, settings.trace_max_bytes, scoring, scorers)
    return AnswerRelay(folder, progress, DatabaseAnswers(job, prompts, grader))


def write_log(path: Path, prompts: int) -> None:
    """Writes the log of a trainer that has answered all prompts."""
    places = [(prompt, sample) for prompt in range(prompts) for sample in range(SAMPLES)]
    with path.open("w") as file:
        for start in range(0, len(places), ANSWERS_AT_ONCE):
            answers = [reported(*place) for place in places[start : start + ANSWERS_AT_ONCE]]
            file.write(json.dumps({"event": "answers", "answers": answers}) + "\n")


def reported(prompt: int, sample: int) -> dict[str, Any]:
    """An answer as the trainer reports it."""
    values = {"text": ANSWER, "finishReason": "STOP", "tokens": 80, "meanLogProbability": -0.5}
    return {"prompt": prompt, "sample": sample} | values
