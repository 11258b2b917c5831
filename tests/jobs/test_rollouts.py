"""GRPO runs: rollouts are graded while the trainer waits, and stored as traces once, whatever is killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from tests.support.factories import insert_rows, trace, trace_row
from tests.support.runs import (
    Away,
    StandIn,
    away,
    dataset_of_newest,
    enter_run,
    folder_of_run,
    run_of,
    sequence_of,
    until_exists,
    until_status,
)
from tests.support.servers import serving
from tests.support.supervised_runs import database, run_settings, working
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import scores, trace_origins, traces
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.generations.rollouts import TOTAL
from tunix_rt.domain.rewards.parameters import Grpo, Reward
from tunix_rt.domain.runs.config import RunConfig, config_errors
from tunix_rt.domain.runs.lifecycle import retry_run
from tunix_rt.domain.runs.manifest import Lora, Training
from tunix_rt.domain.traces.storage import delete_traces
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.supervision.folder import known_processes
from tunix_rt.jobs.supervision.outcome import OUTCOME_FILE
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import Method

__all__ = ["away", "database", "run_settings"]

GRPO = Grpo(rewards=(Reward(scorer="answer_match"), Reward(scorer="length", weight=0.5)), num_generations=2)
RUN: dict[str, Any] = {"method": Method.GRPO, "grpo": GRPO, "output_name": "grpo"}
BROKEN = """
from tunix_rt.domain.scorers.base import Scorer, Verdict

def score(trace):
    if not trace.reference_answer:
        raise KeyError("steps")
    return Verdict(1.0, {})

SCORER = Scorer(name="broken", version="1", description="Fails without a reference.", low=0.0, high=1.0, score=score)
"""


async def prompts(database: Database) -> uuid.UUID:
    """Returns a dataset with three traces of two prompts, the first of which has the reference answer 1."""
    rows = [
        trace_row(trace(prompt), seconds=place, reference_answer=reference)
        for place, (prompt, reference) in enumerate([("No reference?", None), ("1 + 0?", "1"), ("1 + 0?", "1")])
    ]
    async with database.write() as session:
        await insert_rows(session, rows)
    return await dataset_of_newest(database, len(rows), "prompts")


async def rollouts_of(database: Database, run_id: uuid.UUID) -> list[Any]:
    """Returns the stored rollouts of a run with their traces, in the order of the training."""
    order = (trace_origins.c.policy_version, trace_origins.c.prompt_position, trace_origins.c.sample_index)
    query = select(trace_origins, traces).join(traces, traces.c.id == trace_origins.c.trace_id)
    async with database.read() as session:
        return list(await session.execute(query.where(trace_origins.c.run_id == run_id).order_by(*order)))


async def rewards_of(database: Database, run_id: uuid.UUID) -> dict[uuid.UUID, dict[str, float]]:
    """Returns the scores that a run has stored, by trace and scorer."""
    found: dict[uuid.UUID, dict[str, float]] = defaultdict(dict)
    async with database.read() as session:
        for row in await session.execute(select(scores).where(scores.c.run_id == run_id)):
            assert row.scorer not in found[row.trace_id], "a rollout is graded once"
            found[row.trace_id][row.scorer] = row.score
    return found


async def check_rollouts(database: Database, run_id: uuid.UUID, steps: int) -> None:
    """Checks that every rollout of the first steps is stored once, and that their rewards have the metric's sums."""
    rollouts, rewards = await rollouts_of(database, run_id), await rewards_of(database, run_id)
    places = [(found.policy_version, found.prompt_position, found.sample_index) for found in rollouts]
    assert places == [(version, prompt, sample) for version in range(steps) for prompt in (0, 1) for sample in (0, 1)]
    sums: dict[int, list[float]] = defaultdict(list)
    for found in rollouts:
        given = dict(rewards[found.trace_id])
        assert given.pop(TOTAL) == pytest.approx(given.get("answer_match", 0) + 0.5 * given.get("length", 0), abs=1e-12)
        sums[found.policy_version + 1].append(rewards[found.trace_id][TOTAL])
    metrics = {
        entry.step: entry.value
        for entry in await sequence_of(database, run_id)
        if getattr(entry, "name", "") == "train/rewards/sum"
    }
    assert metrics == {step: pytest.approx(sum(found) / len(found), abs=1e-12) for step, found in sums.items()}


def lines_of(path: Path) -> list[Any]:
    """Returns the lines of a file of JSON lines."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


async def texts_of(database: Database, run_id: uuid.UUID) -> list[str]:
    """Returns the lines of a run's log."""
    return [entry.text for entry in await sequence_of(database, run_id) if hasattr(entry, "text")]


async def test_rollouts_are_traces_with_rewards_while_it_trains(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    stand_in.waits(steps=3, rollouts=2)
    run_id = await enter_run(database, run_settings, await prompts(database), training=Training(beta=0.1), **RUN)
    async with working(database, run_settings, DryRuns(database, run_settings)):

        async def first_batch() -> bool:
            return len(await rollouts_of(database, run_id)) == 4

        await until(first_batch)
        assert (await run_of(database, run_id)).status == "RUNNING"
        stand_in.open()
        row = await until_status(database, run_id)

    assert row.status == "COMPLETED", row.message
    await check_rollouts(database, run_id, 3)
    manifest, rewards = yaml.safe_load(row.manifest), await rewards_of(database, run_id)
    assert manifest["grpo"] == {"rewards": {"answer_match": 1.0, "length": 0.5}, "num_generations": 2}
    assert (manifest["method"], manifest["dataset"]["format"], manifest["training"]["beta"]) == (
        "GRPO",
        "prompt_only",
        0.1,
    )
    malformed, right, unknown, last = (await rollouts_of(database, run_id))[4:8]
    assert (malformed.malformed, malformed.raw_text, rewards[malformed.trace_id]) == (True, "?", {TOTAL: 0.0})
    assert [found.malformed for found in (right, unknown, last)] == [False, False, True]
    assert rewards[right.trace_id]["answer_match"] == 1.0
    assert rewards[unknown.trace_id].keys() == {"length", TOTAL}, "there is no reference answer to compare with"
    assert (right.prompt_preview, right.reference_answer, right.group_key) == ("1 + 0?", "1", right.prompt_hash)
    assert (right.run_id, right.policy_version, right.source) == (run_id, 1, "rollout:grpo")
    assert (right.temperature, right.top_p, right.max_new_tokens, right.generation_id) == (1.0, 1.0, 256, None)
    text = "warning: dataset.jsonl has 2 prompts, 1 without a reference answer."
    assert text in await texts_of(database, run_id)


@pytest.mark.parametrize("killed", ["trainer", "supervisor"])
async def test_no_rollout_is_lost_or_doubled_by_a_kill(
    database: Database, run_settings: Settings, stand_in: StandIn, killed: str
):
    stand_in.waits(steps=3, rollouts=2, save_every=2)
    run_id = await enter_run(database, run_settings, await prompts(database), **RUN)
    async with working(database, run_settings, DryRuns(database, run_settings)):

        async def stepped() -> bool:
            return bool((await run_of(database, run_id)).step)

        await until(stepped)
        folder = folder_of_run(run_settings, await run_of(database, run_id))
        processes = known_processes(folder)
        assert processes is not None
        stand_in.does(steps=3, rollouts=2, save_every=2)
        os.kill(getattr(processes, killed), signal.SIGKILL)
        row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 2)
    await check_rollouts(database, run_id, 3)
    assert [line["batch"] for line in lines_of(folder / "rewards.jsonl")] == [0, 1, 2]


async def test_no_rollout_is_lost_or_doubled_by_a_kill_of_the_server(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    stand_in.waits(steps=3, rollouts=2, save_every=2)
    run_id = await enter_run(database, run_settings, await prompts(database), **RUN)
    environment = {
        "TUNIX_RT_DATABASE_URL": run_settings.database_url or "",
        "TUNIX_RT_TRAINER_PYTHON": run_settings.trainer_python or "",
        "TUNIX_RT_LOAD_SAMPLES": "false",
    }
    with serving([sys.executable, "-m", "tunix_rt"], run_settings.data_dir.parent, environment) as server:

        async def stepped() -> bool:
            return bool((await run_of(database, run_id)).step)

        await until(stepped)
        server.process.kill()
        server.process.wait(30)
    stand_in.open()
    row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 1), "the supervisor goes on without the server"
    await check_rollouts(database, run_id, 3)
    folder = folder_of_run(run_settings, row)
    assert [line["batch"] for line in lines_of(folder / "rewards.jsonl")] == [0, 1, 2]


async def test_rewards_are_given_while_the_database_is_away_and_rollouts_stored_later(
    database: Database, run_settings: Settings, stand_in: StandIn, away: Away
):
    stand_in.waits(steps=4, rollouts=2)
    run_id = await enter_run(database, run_settings, await prompts(database), **RUN)
    async with working(database, run_settings, DryRuns(database, run_settings)):
        folder = folder_of_run(run_settings, await run_of(database, run_id))
        await until_exists(folder / "checkpoints" / "1")
        async with away():
            stand_in.open()
            await until_exists(folder / OUTCOME_FILE)
        row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 1)
    await check_rollouts(database, run_id, 4)


async def test_rewards_that_were_written_before_a_crash_are_not_given_again(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    stand_in.does(steps=2, rollouts=2, dies_in=1)
    run_id = await enter_run(database, replace(run_settings, run_attempts=1), await prompts(database), **RUN)
    async with working(database, run_settings, DryRuns(database, run_settings)):
        row = await until_status(database, run_id)
    folder = folder_of_run(run_settings, row)
    first, second = lines_of(folder / "rewards.jsonl")
    async with database.write() as session:  # as if the supervisor had been killed before it stored the second batch
        newest = select(trace_origins.c.trace_id).where(trace_origins.c.policy_version == 1)
        await delete_traces(session, list((await session.scalars(newest)).all()))
    kept = {"answer_match": second["rewards"]["answer_match"], "length": [0.25] * 4}
    changed = [json.dumps(line) for line in (first, second | {"rewards": kept})]
    (folder / "rewards.jsonl").write_text("\n".join(changed) + '\n{"batch": 2, "rew')

    async with working(database, run_settings, DryRuns(database, run_settings)):
        async with database.write() as session:
            await retry_run(session, run_id, run_settings, now())
        row = await until_status(database, run_id)

    assert row.status == "COMPLETED", row.message
    rollouts, rewards = await rollouts_of(database, run_id), await rewards_of(database, run_id)
    assert [found.policy_version for found in rollouts] == [0] * 4 + [1] * 4
    assert rewards[rollouts[4].trace_id][TOTAL] == 0.125, "what the trainer was given is what is stored"
    assert len(lines_of(folder / "rewards.jsonl")) == 2


async def test_a_scorer_that_fails_gives_no_reward_and_a_warning(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    run_settings.scorers_folder.mkdir(parents=True)
    (run_settings.scorers_folder / "broken.py").write_text(BROKEN)
    stand_in.does(steps=1, rollouts=2)
    broken = RUN | {"grpo": Grpo(rewards=(Reward(scorer="broken"),))}
    unknown = RUN | {"grpo": Grpo(rewards=(Reward(scorer="nobody"),)), "output_name": "unknown"}
    dataset_id = await prompts(database)
    run_id = await enter_run(database, run_settings, dataset_id, **broken)
    refused = await enter_run(database, run_settings, dataset_id, **unknown)
    async with working(database, run_settings, DryRuns(database, run_settings)):
        row, failed = await until_status(database, run_id), await until_status(database, refused)

    rewards = await rewards_of(database, run_id)
    assert row.status == "COMPLETED"
    assert [rewards[found.trace_id] for found in await rollouts_of(database, run_id)] == [
        {TOTAL: 0.0}, {"broken": 1.0, TOTAL: 1.0}, {TOTAL: 0.0}, {TOTAL: 0.0}
    ]  # fmt: skip
    (warning,) = [text for text in await texts_of(database, run_id) if "broken" in text]
    assert warning.startswith("warning: broken could not score 1 of the 4 rollouts of batch 0, whose reward is 0: ")
    assert (failed.status, failed.error_code) == ("FAILED", "BAD_USER_INPUT")
    assert failed.error_message.startswith("The reward 'nobody' cannot be computed: There is no scorer 'nobody'.")


async def test_a_dry_run_counts_the_prompts(database: Database, run_settings: Settings):
    iterated = replace(GRPO, num_iterations=3)
    given = RUN | {"grpo": iterated, "mode": RunMode.DRY_RUN, "training": Training(batch_size=1, num_epochs=2)}
    dataset_id = await prompts(database)
    run_id = await enter_run(database, run_settings, dataset_id, **given)
    long = given | {"grpo": replace(GRPO, max_new_tokens=2040), "output_name": "long"}
    too_long = await enter_run(database, run_settings, dataset_id, **long)
    async with working(database, run_settings, DryRuns(database, run_settings)):
        row, refused = await until_status(database, run_id), await until_status(database, too_long)

    assert "✓ Dataset loaded: 2 prompts, 1 without a reference answer\n" in row.stdout
    assert "✓ Export rendered: 2 records of prompt_only, " in row.stdout
    assert "0 are longer than 1,792 and left out" in row.stdout
    assert "Rewards: answer_match (1), length (0.5)\n" in row.stdout
    assert row.total_steps == 12
    assert (refused.status, refused.message) == ("FAILED", "Empty dataset.")


@pytest.mark.parametrize(
    ("parameters", "paths"),
    [
        ({"grpo": None}, [("grpo",)]),
        ({"method": Method.SFT}, [("grpo",)]),
        ({"grpo": Grpo(rewards=())}, [("grpo", "rewards")]),
        ({"grpo": Grpo(rewards=(Reward(scorer="a"), Reward(scorer="a")))}, [("grpo", "rewards", 1, "scorer")]),
        ({"grpo": Grpo(rewards=(Reward(scorer="a", weight=101),))}, [("grpo", "rewards", 0, "weight")]),
        ({"grpo": Grpo(rewards=(Reward(scorer=""),))}, [("grpo", "rewards", 0, "scorer")]),
        ({"grpo": replace(GRPO, num_generations=1, epsilon=2.0)}, [("grpo", "num_generations"), ("grpo", "epsilon")]),
        ({"grpo": replace(GRPO, max_new_tokens=2048)}, [("grpo", "max_new_tokens")]),
        ({"training": Training(gradient_accumulation_steps=2)}, [("gradient_accumulation_steps",)]),
        ({"eval_dataset_id": uuid.UUID(int=1)}, [("eval_dataset_id",)]),
    ],
)
def test_contradictions_are_refused(
    run_settings: Settings, parameters: dict[str, Any], paths: list[tuple[str | int, ...]]
):
    plain: dict[str, Any] = {"dataset_id": uuid.UUID(int=2), "model_id": "tiny-random/qwen3"} | RUN

    assert not list(config_errors(RunConfig(lora=Lora(rank=2), **plain), run_settings))
    errors = list(config_errors(RunConfig(**plain | parameters), run_settings))
    assert [tuple(error.path) for error in errors] == paths
