"""Rollouts of a GRPO run: graded by its scorers, and stored as traces once the rewards are known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.domain.attempts.assignment import AssignedRun
from tunix_rt.domain.generations.answers import ParsedTrace, scorable
from tunix_rt.domain.generations.prompts import Prompt
from tunix_rt.domain.generations.rollouts import (
    GivenReward,
    GradedRollouts,
    ReportedRollouts,
    RolloutRun,
    add_rollouts,
    last_policy_version,
)
from tunix_rt.domain.jobs.queue import Hold, HoldState, heartbeat
from tunix_rt.domain.rewards.parameters import Grpo
from tunix_rt.domain.scorers import Verdict
from tunix_rt.domain.scorers.base import ScoringFailure
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.errors import BadUserInput
from tunix_rt.trainer.contract import MAX_NEW_TOKENS


class RolloutBatch(msgspec.Struct, frozen=True):
    """A batch of rollouts, with the prompts that they answer.

    Args:
        prompts: the prompts by their positions in the dataset.
    """

    reported: ReportedRollouts
    prompts: dict[int, Prompt]


class GradingResult(msgspec.Struct, frozen=True):
    """The rewards of a batch, and warnings for the run's log about scorers that have failed."""

    graded: GradedRollouts
    warnings: list[str]


def rollout_run(run: AssignedRun) -> RolloutRun:
    """Returns the facts that all rollouts of a run share, with the trainer's defaults."""
    config, grpo = run.config, grpo_of(run)
    return RolloutRun(
        id=run.id,
        name=run.name,
        model_id=config.model_id,
        weights={reward.scorer: reward.weight for reward in grpo.rewards},
        template=config.template,
        temperature=1.0 if grpo.temperature is None else grpo.temperature,
        top_p=1.0 if grpo.top_p is None else grpo.top_p,
        max_new_tokens=MAX_NEW_TOKENS if grpo.max_new_tokens is None else grpo.max_new_tokens,
        seed=config.training.seed or 0,
        max_bytes=run.trace_max_bytes,
    )


def grpo_of(run: AssignedRun) -> Grpo:
    """Returns the rollouts and rewards of a run.

    Raises:
        BadUserInput: its method has none.
    """
    if run.config.grpo is None:
        raise BadUserInput(f"Runs of method {run.config.method.value} have no rollouts.")
    return run.config.grpo


def parsed_rollouts(run: AssignedRun, batch: RolloutBatch) -> list[ParsedTrace]:
    """Returns the rollouts of a batch as traces.

    Raises:
        BadUserInput: a prompt is missing, or a rollout is too large.
    """
    facts, reported = rollout_run(run), batch.reported
    missing = next((answer.prompt for answer in reported.answers if answer.prompt not in batch.prompts), None)
    if missing is not None:
        raise BadUserInput(f"prompts lacks the prompt {missing}, which a rollout answers.", ["prompts"])
    return [facts.parse(found, batch.prompts[found.prompt], reported.policy_version) for found in reported.answers]


async def grade_rollouts(run: AssignedRun, batch: RolloutBatch, scoring: ScorerService) -> GradingResult:
    """Returns the rewards of a batch; those of malformed rollouts, and of failed scorers, are 0."""
    parsed = parsed_rollouts(run, batch)
    rewards: dict[str, list[float]] = {}
    verdicts: list[list[GivenReward]] = [[] for _ in parsed]
    warnings: list[str] = []
    formed = [position for position, found in enumerate(parsed) if not found.origin.malformed]
    traces = [scorable(parsed[position]) for position in formed]
    for reward in grpo_of(run).rewards:
        scorer = await scoring.scorer(reward.scorer)
        outcomes = await scoring.outcomes(scorer, traces)
        rewards[reward.scorer] = given = [0.0] * len(parsed)
        for position, outcome in zip(formed, outcomes, strict=True):
            if isinstance(outcome, Verdict):
                given[position] = float(outcome.score)
                verdicts[position].append(GivenReward.of(scorer, outcome))
        failures = [found for found in outcomes if isinstance(found, ScoringFailure)]
        warnings += failure_warnings(scorer.name, batch.reported, failures)
    return GradingResult(GradedRollouts(batch.reported.batch, rewards, verdicts), warnings)


def failure_warnings(scorer: str, reported: ReportedRollouts, failures: Sequence[ScoringFailure]) -> list[str]:
    """Returns the warning that a scorer has failed, which makes its reward 0; empty if it has not."""
    if not failures:
        return []
    share = f"{len(failures):,} of the {len(reported.answers):,} rollouts of batch {reported.batch:,}"
    return [f"{scorer} could not score {share}, whose reward is 0: {failures[0].message}"]


async def store_rollouts(
    session: Session, hold: Hold, run: AssignedRun, batch: RolloutBatch, graded: GradedRollouts, lease: timedelta
) -> HoldState:
    """Stores a graded batch unless it is stored already, and renews the lease; returns the state of the hold."""
    parsed = parsed_rollouts(run, batch)
    state = await heartbeat(session, tunix_runs, hold, await instant(session), lease)
    if state is HoldState.LOST:
        return state
    last = await last_policy_version(session, run.id)
    if last is None or batch.reported.policy_version > last:  # otherwise it was stored, with only the answer lost
        await add_rollouts(session, rollout_run(run), parsed, graded)
    return state
