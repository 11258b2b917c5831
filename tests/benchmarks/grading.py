"""Grading answers by their reference answers, and storing the graded rollouts of a GRPO run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from sqlalchemy import insert

from tests.benchmarks.databases import KINDS, Databases, settings_for
from tests.benchmarks.generation import ANSWER
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, median, note, table
from tests.support.ledger import run_row
from tests.support.repository import ROOT
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.answers.comparison import AnswerVerdict, compare_answers
from tunix_rt.domain.generations.answers import ReportedAnswer
from tunix_rt.domain.generations.prompts import Prompt
from tunix_rt.domain.generations.rollouts import GivenReward, GradedRollouts, RolloutRun, add_rollouts
from tunix_rt.domain.scores.draft import ScoreKind
from tunix_rt.trainer.contract import FinishReason

BATCHES, PROMPTS, SAMPLES = 80, 32, 8
SCORER = "answer_match"
REWARD = GivenReward(SCORER, "1", ScoreKind.CODE, 1.0, {"verdict": AnswerVerdict.CORRECT.value, "rule": "number"})


def run(databases: Databases, options: Options) -> None:
    """Prints the tables: CPU of this process, and for the storage of both databases also the time."""
    heading("Grading the checked pairs of answer and reference answer by answer_match")
    table(["pairs", "median ms", "worst ms", "answers/s of CPU"], [graded_pairs(options.rounds)])
    count = BATCHES * PROMPTS * SAMPLES
    heading(f"Storing {count:,} rollouts of {len(ANSWER)} characters with their rewards, {PROMPTS * SAMPLES} a batch")
    note("CPU is that of this process: PostgreSQL's is in the seconds alone.")
    rows = [[name, *asyncio.run(stored(databases, kind))] for kind, name in KINDS.items()]
    table(["", "seconds", "rollouts/s", "rollouts/s of CPU"], rows)


def graded_pairs(rounds: int) -> list[str]:
    """The figures of grading, each pair at its quickest."""
    lines = (ROOT / "tests/domain/answers/pairs.txt").read_text().splitlines()
    pairs = [line.split(" | ")[1:] for line in lines if not line.startswith("#")]
    seconds = [min(took(answer, reference) for _ in range(max(3, rounds))) for answer, reference in pairs]
    found = [1000 * median(seconds), 1000 * max(seconds)]
    return [str(len(pairs)), *(f"{value:.3f}" for value in found), f"{len(seconds) / sum(seconds):.0f}"]


def took(answer: str, reference: str) -> float:
    """The CPU time of one comparison."""
    start = time.process_time()
    compare_answers(answer, reference)
    return time.process_time() - start


async def stored(databases: Databases, kind: str) -> list[str]:
    """The figures of one database."""
    url = databases.fresh(kind)
    database = Database(settings_for(url, databases.folder))
    row = run_row()
    async with database.write() as session:
        await session.execute(insert(tunix_runs), [row])
    grpo = RolloutRun(row["id"], "bench", "m", {SCORER: 1.0}, "numbered", 1.0, 1.0, 256, 0, 1 << 20)
    start, cpu = time.perf_counter(), time.process_time()
    for version in range(BATCHES):
        await store_batch(database, grpo, version)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    await database.close()
    databases.remove(url)
    count = BATCHES * PROMPTS * SAMPLES
    return [f"{seconds:.1f}", f"{count / seconds:.0f}", f"{count / cpu:.0f}"]


async def store_batch(database: Database, grpo: RolloutRun, version: int) -> None:
    """Parses and stores the rollouts of one policy, as the supervisor of a run does."""
    prompts: Sequence[Prompt] = [Prompt(f"What is {n}?", f"What is {n}?", f"group {n}", "42") for n in range(PROMPTS)]
    answers = [
        ReportedAnswer(place, sample, ANSWER, FinishReason.STOP, 80, -0.5)
        for place in range(PROMPTS)
        for sample in range(SAMPLES)
    ]
    parsed = [grpo.parse(answer, prompts[answer.prompt], version) for answer in answers]
    graded = GradedRollouts(version, {SCORER: [1.0] * len(answers)}, [[REWARD]] * len(answers))
    async with database.write() as session:
        await add_rollouts(session, grpo, parsed, graded)
