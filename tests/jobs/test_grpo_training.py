"""One real GRPO training on a CPU, whose trainer is killed on the way, from the prompts to the exported weights."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.factories import insert_rows, trace, trace_row
from tests.support.runs import (
    artifacts_of,
    dataset_of_newest,
    enter_run,
    folder_of_run,
    run_of,
    sequence_of,
    until_status,
)
from tests.support.traces import on_sqlite
from tests.support.waiting import until
from tunix_rt.db.models import scores, trace_origins
from tunix_rt.db.session import Database
from tunix_rt.domain.generations.rollouts import TOTAL
from tunix_rt.domain.rewards.parameters import Grpo, Reward
from tunix_rt.domain.runs.manifest import Training
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.supervision.folder import known_processes
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import CACHE_VARIABLE, Method

PROMPTS, GENERATIONS, STEPS = 2, 4, 3
REWARDS = Grpo(rewards=(Reward(scorer="length"),), num_generations=GENERATIONS, max_new_tokens=48)
TRAINING_SECONDS = 300.0
"""The longest wait for a training. It measures no speed."""


@on_sqlite
async def test_a_real_training_that_is_killed_has_every_rollout_once(
    database: Database, settings: Settings, compiled: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(CACHE_VARIABLE, str(compiled))
    async with database.write() as session:
        await insert_rows(session, [trace_row(trace(f"{number} + 3?"), seconds=number) for number in range(PROMPTS)])
    dataset_id = await dataset_of_newest(database, PROMPTS, "prompts")
    training = Training(batch_size=PROMPTS, max_steps=STEPS, save_every_steps=1, learning_rate=0.001)
    given = {"method": Method.GRPO, "grpo": REWARDS, "training": training, "template": "{steps}a{answer}"}
    run_id = await enter_run(database, settings, dataset_id, **given)
    worker = Worker(database, [Runs(settings)])
    worker.start()
    try:

        async def saved() -> bool:
            return "checkpoints/1" in await artifacts_of(database, run_id)

        await until(saved, seconds=TRAINING_SECONDS)
        processes = known_processes(folder_of_run(settings, await run_of(database, run_id)))
        assert processes is not None
        os.kill(processes.trainer, signal.SIGKILL)
        row = await until_status(database, run_id, seconds=TRAINING_SECONDS)
    finally:
        await worker.stop()

    assert (row.status, row.attempt) == ("COMPLETED", 2), row.message
    sums: dict[int, list[float]] = defaultdict(list)
    query = select(trace_origins, scores.c.score).join(scores, scores.c.trace_id == trace_origins.c.trace_id)
    async with database.read() as session:
        found = list(await session.execute(query.where(scores.c.run_id == run_id, scores.c.scorer == TOTAL)))
    for rollout in found:
        sums[rollout.policy_version + 1].append(rollout.score)
    assert {step: len(rewards) for step, rewards in sums.items()} == dict.fromkeys(
        range(1, STEPS + 1), PROMPTS * GENERATIONS
    )
    entries = await sequence_of(database, run_id)
    metrics = {entry.step: entry.value for entry in entries if getattr(entry, "name", "") == "train/rewards/sum"}
    assert metrics == {step: pytest.approx(sum(rewards) / len(rewards), abs=1e-9) for step, rewards in sums.items()}
    assert any(rewards > 0 for rewards in metrics.values())
    artifacts = await artifacts_of(database, run_id)
    assert {"WEIGHTS", "CARD", "CHECKPOINT"} <= set(artifacts.values())
