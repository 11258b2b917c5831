"""A GRPO run without the database: the server grades its rollouts and stores each once, also if answers are lost."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.support.object_storage import proxying
from tests.support.remote_attempts import ServedDatabase, attempt_process, ended, served, token_for
from tests.support.run_storage import claimed_run
from tests.support.runs import StandIn, enter_run, make_dataset, run_of, sequence_of, with_stand_in
from tunix_rt.db.models import scores, trace_origins
from tunix_rt.db.session import Database
from tunix_rt.domain.generations.rollouts import TOTAL
from tunix_rt.domain.rewards.parameters import Grpo, Reward
from tunix_rt.domain.runs.manifest import Training
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import Method

__all__ = ["served"]

GRPO = Grpo(rewards=(Reward(scorer="format_valid"), Reward(scorer="length", weight=0.5)), num_generations=2)


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return with_stand_in(settings, stand_in, worker=False)


async def test_rollouts_are_graded_by_the_server_and_stored_once(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.does(steps=3, rollouts=2, save_every=3)
    training = Training(beta=0.1)
    await enter_run(database, settings, await make_dataset(database), method=Method.GRPO, grpo=GRPO, training=training)
    hold = await claimed_run(database)
    counts: Counter[str] = Counter()

    def is_lost(line: str) -> bool:
        path = line.split(" ")[1]
        counts[path] += 1
        return path.endswith(("/grades", "/rollouts", "/rewards")) and counts[path] == 1

    async with proxying(int(served.url.rpartition(":")[2])) as proxy:
        proxy.loses = is_lost
        async with attempt_process(proxy.url, await token_for(database, hold), stand_in, tmp_path / "there") as process:
            assert await ended(process) == 0

    assert (await run_of(database, hold.id)).status == "COMPLETED"
    assert min(counts[f"/v1/attempt/{name}"] for name in ("grades", "rollouts", "rewards")) >= 2
    async with database.read() as session:
        mine = trace_origins.c.run_id == hold.id
        versions = await session.execute(
            select(trace_origins.c.policy_version, func.count()).where(mine).group_by("policy_version")
        )
        assert sorted(map(tuple, versions)) == [(0, 4), (1, 4), (2, 4)]
        totals = select(scores.c.score).where(scores.c.run_id == hold.id, scores.c.scorer == TOTAL)
        rewards = list(await session.scalars(totals))
    assert len(rewards) == 12
    sums = [
        entry.value
        for entry in await sequence_of(database, hold.id)
        if getattr(entry, "name", "") == "train/rewards/sum"
    ]
    assert sum(sums) * 4 == pytest.approx(sum(rewards))
