"""The validation of the rewards and rollouts of GRPO runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunix_rt.domain.parameter_checks import number_errors, require_one_line
from tunix_rt.domain.rewards.parameters import Grpo, Reward
from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadUserInput, PathPart
from tunix_rt.trainer.contract import (
    GRPO_BOUNDS,
    MAX_NEW_TOKENS,
    REWARD_NAME_MAX_CHARS,
    REWARD_WEIGHT,
    REWARDS_MAX,
    Method,
)


def grpo_errors(
    grpo: Grpo | None, method: Method | None, max_seq_length: int, gradient_accumulation_steps: int | None
) -> Iterator[BadUserInput]:
    """Yields each error of the rewards and rollouts, which the method GRPO needs."""
    if method is not Method.GRPO:
        if grpo is not None:
            yield BadUserInput("grpo is for the method GRPO; leave it out, or choose that method.", ["grpo"])
        return
    if grpo is None:
        yield BadUserInput("grpo is required by the method GRPO: name its rewards.", ["grpo"])
        return
    yield from number_errors(grpo, "grpo", bounds=GRPO_BOUNDS)
    yield from reward_errors(grpo.rewards)
    longest = MAX_NEW_TOKENS if grpo.max_new_tokens is None else grpo.max_new_tokens
    if longest in GRPO_BOUNDS["max_new_tokens"] and longest >= max_seq_length:
        yield BadUserInput(
            f"max_new_tokens must be less than max_seq_length, {max_seq_length}; it is {longest}.",
            ["grpo", "max_new_tokens"],
        )
    if (gradient_accumulation_steps or 1) > 1:
        yield BadUserInput(
            "gradient_accumulation_steps must be 1 with the method GRPO; choose batch_size instead.",
            ["gradient_accumulation_steps"],
        )


def reward_errors(rewards: Sequence[Reward]) -> Iterator[BadUserInput]:
    """Yields each error of the rewards of a run."""
    if not 1 <= len(rewards) <= REWARDS_MAX:
        yield BadUserInput(f"rewards must have 1 to {REWARDS_MAX} members; it has {len(rewards)}.", ["grpo", "rewards"])
    for position, reward in enumerate(rewards[:REWARDS_MAX]):
        path: list[PathPart] = ["grpo", "rewards", position]
        if any(reward.scorer == other.scorer for other in rewards[:position]):
            yield BadUserInput(f"scorer {reward.scorer!r} is named twice.", [*path, "scorer"])
        if reward.weight not in REWARD_WEIGHT:
            yield BadUserInput(f"weight must be {REWARD_WEIGHT}; it is {reward.weight}.", [*path, "weight"])
        try:
            require_one_line(
                require_text(reward.scorer, 1, REWARD_NAME_MAX_CHARS, [*path, "scorer"]), [*path, "scorer"]
            )
        except BadUserInput as error:
            yield error
