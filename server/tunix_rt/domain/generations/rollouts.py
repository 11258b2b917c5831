"""Rollouts of GRPO runs: the trainer's batches of answers, their rewards, and their storage as traces.

A rollout is stored with its origin, a score by each scorer that takes it, and the weighted sum of its rewards as the
score ``reward``. A malformed rollout is stored with the reward 0 alone, and is not shown to the scorers.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import func, select

from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import scores, trace_origins
from tunix_rt.db.session import Session
from tunix_rt.domain.generations.answers import ParsedTrace, ReportedAnswer, trace_of
from tunix_rt.domain.generations.prompts import Prompt
from tunix_rt.domain.reasoning_templates import reasoning_template
from tunix_rt.domain.rewards.parameters import Grpo
from tunix_rt.domain.scorers import Scorer, Verdict
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.scores.draft import ScoreKind
from tunix_rt.domain.traces.origins import OriginDraft, add_origins
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput, NotInstalled
from tunix_rt.settings import Settings

TOTAL = "reward"
"""The scorer's name of the weighted sum of a rollout's rewards."""
TOTAL_VERSION = "1"


class ReportedRollouts(msgspec.Struct, rename="camel", frozen=True):
    """A batch of rollouts as the trainer reports it.

    Args:
        policy_version: the number of updates that the policy had seen.
    """

    batch: int
    policy_version: int
    answers: list[ReportedAnswer]


class GivenReward(msgspec.Struct, frozen=True, omit_defaults=True):
    """A scorer's verdict on a rollout."""

    scorer: str
    version: str
    kind: ScoreKind
    score: float
    details: dict[str, Any]
    rationale: str | None = None

    @classmethod
    def of(cls, scorer: Scorer, verdict: Verdict) -> GivenReward:
        """Converts a verdict."""
        kind = ScoreKind(scorer.kind.value)
        return cls(scorer.name, scorer.version, kind, verdict.score, dict(verdict.details), verdict.rationale)


class GradedRollouts(msgspec.Struct, frozen=True):
    """The rewards of a batch of rollouts.

    Args:
        rewards: for each scorer the reward of each rollout, before it is weighted; 0 where there is no verdict.
        verdicts: the verdicts on each rollout.
    """

    batch: int
    rewards: dict[str, list[float]]
    verdicts: list[list[GivenReward]]


@dataclass(frozen=True)
class RolloutRun:
    """The facts that all rollouts of a run share.

    Args:
        name: the name of the run's folder.
        weights: the weight of each reward, by its scorer.
        template: the reasoning template, by its name in lower case or as a text.
    """

    id: uuid.UUID
    name: str
    model_id: str
    weights: Mapping[str, float]
    template: str
    temperature: float
    top_p: float
    max_new_tokens: int
    seed: int
    max_bytes: int

    def parse(self, answer: ReportedAnswer, prompt: Prompt, policy_version: int) -> ParsedTrace:
        """Returns a rollout as a trace with its origin."""
        text = answer.text.replace("\0", "\ufffd")
        parsed = reasoning_template(self.template).parse(text)
        draft = validate_trace(
            trace_of(parsed, prompt, f"rollout:{self.name}"),
            self.max_bytes,
            f"{self.id}/{policy_version}/{answer.prompt}/{answer.sample}",
            reference_answer=prompt.reference_answer,
            group=prompt.group,
        )
        return ParsedTrace(draft, self.origin_of(answer, text, not parsed.well_formed, policy_version))

    def origin_of(self, answer: ReportedAnswer, text: str, malformed: bool, policy_version: int) -> OriginDraft:
        """Returns the origin of a rollout."""
        return OriginDraft(
            run_id=self.id,
            model_id=self.model_id,
            policy_version=policy_version,
            prompt_position=answer.prompt,
            sample_index=answer.sample,
            temperature=self.temperature,
            top_p=self.top_p,
            max_new_tokens=self.max_new_tokens,
            seed=self.seed,
            template=self.template,
            finish_reason=answer.finish_reason,
            token_count=answer.tokens,
            mean_log_probability=answer.mean_log_probability,
            malformed=malformed,
            raw_text=text,
        )


async def require_rewards(settings: Settings, grpo: Grpo) -> None:
    """Checks that the scorers of all rewards exist and can score.

    Raises:
        BadUserInput: one does not exist; the message lists the scorers.
        NotInstalled: one cannot score at present; the message has what to do.
    """
    scoring = ScorerService(settings)
    try:
        for reward in grpo.rewards:
            try:
                await scoring.scorer(reward.scorer)
            except (BadUserInput, NotInstalled) as error:
                raise type(error)(f"The reward {reward.scorer!r} cannot be computed: {error.message}") from error
    finally:
        await scoring.close()


async def add_rollouts(
    session: Session, run: RolloutRun, parsed: Sequence[ParsedTrace], graded: GradedRollouts
) -> None:
    """Stores a batch of rollouts as traces, with their origins and scores.

    Raises:
        Conflict: one of them is stored already.
    """
    rows = await add_traces(session, [found.draft for found in parsed])
    ids = [row["id"] for row in rows]
    await add_origins(session, zip(ids, (found.origin for found in parsed), strict=True))
    scored = []
    for position, trace_id in enumerate(ids):
        scored += [reward_row(run.id, trace_id, given) for given in graded.verdicts[position]]
        scored.append(reward_row(run.id, trace_id, total_of(run.weights, graded, position)))
    await insert_rows(session, scores, scored)


def total_of(weights: Mapping[str, float], graded: GradedRollouts, position: int) -> GivenReward:
    """Returns the weighted sum of a rollout's rewards as a score."""
    parts = {name: weight * graded.rewards[name][position] for name, weight in weights.items()}
    return GivenReward(TOTAL, TOTAL_VERSION, ScoreKind.CODE, sum(parts.values()), {"rewards": parts})


def reward_row(run_id: uuid.UUID, trace_id: uuid.UUID, given: GivenReward) -> dict[str, Any]:
    """Returns the row of a score that a run's rollout has got."""
    return {
        "id": new_id(),
        "trace_id": trace_id,
        "step_index": None,
        "scorer": given.scorer,
        "scorer_version": given.version,
        "kind": given.kind.value,
        "score": given.score,
        "rationale": given.rationale,
        "details": given.details,
        "scored_at": now(),
        "run_id": run_id,
        "created_by": None,
    }


async def last_policy_version(session: Session, run_id: uuid.UUID) -> int | None:
    """Returns the newest policy version whose rollouts are stored; None if there are none."""
    version: int | None = await session.scalar(
        select(func.max(trace_origins.c.policy_version)).where(trace_origins.c.run_id == run_id)
    )
    return version
