"""The rollouts of an attempt at a GRPO run: their rewards, and their storage as traces."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from tunix_rt.domain.attempts.rollouts import RolloutBatch, grade_rollouts, grpo_of, store_rollouts
from tunix_rt.domain.generations.rollouts import GradedRollouts, require_rewards
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.errors import BadUserInput, NotInstalled
from tunix_rt.http.attempts.token import AttemptRequest, held_response, json_response


class GivenRollouts(msgspec.Struct, frozen=True):
    """A graded batch of rollouts to store."""

    batch: RolloutBatch
    graded: GradedRollouts


async def check_rewards(given: AttemptRequest) -> Response:
    """Checks that the rewards of the run can be computed; does nothing for methods without rewards.

    Raises:
        BadUserInput: one cannot.
    """
    run = await given.run()
    if run.config.grpo is not None:
        try:
            await require_rewards(given.context.settings, run.config.grpo)
        except NotInstalled as error:  # not that the server is unreachable: to ask again changes nothing
            raise BadUserInput(error.message) from error
    return Response(status_code=204)


async def grade(given: AttemptRequest) -> Response:
    """Returns the rewards of a batch of rollouts."""
    batch, run = await given.body(RolloutBatch), await given.run()
    return json_response(await grade_rollouts(run, batch, given.context.services.scoring))


async def add_rollouts(given: AttemptRequest) -> Response:
    """Stores a graded batch of rollouts unless it is stored, and returns whether the run is cancelled.

    Raises:
        BadUserInput: rewards are missing.
    """
    body, run = await given.body(GivenRollouts), await given.run()
    check_rewarded(body, [reward.scorer for reward in grpo_of(run).rewards])
    lease = lease_of(given.context.settings)
    async with given.context.database.write() as session:
        state = await store_rollouts(session, given.hold, run, body.batch, body.graded, lease)
    return held_response(state)


def check_rewarded(body: GivenRollouts, scorers: list[str]) -> None:
    """Checks that each rollout has its rewards.

    Raises:
        BadUserInput: it has not.
    """
    count = len(body.batch.reported.answers)
    lengths = {len(body.graded.verdicts), *(len(body.graded.rewards.get(name, ())) for name in scorers)}
    if lengths != {count}:
        raise BadUserInput(f"graded must have the verdicts and the rewards of all {count} rollouts.", ["graded"])
