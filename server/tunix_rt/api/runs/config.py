"""The configuration of runs in GraphQL: the parameters of one run, and the differences between several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import strawberry

from tunix_rt.api.execution.wording import graphql_name
from tunix_rt.api.inputs import template_inputs
from tunix_rt.domain.preferences.pairs import PairRecipe, PairRule
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, ReasoningTemplate
from tunix_rt.domain.rewards.parameters import Grpo
from tunix_rt.domain.runs.config import config_of
from tunix_rt.trainer.contract import MAX_NEW_TOKENS, Schedule

CHOICE = "null leaves it to the trainer."


@strawberry.type(description="Configuration of the LoRA adapters of a run.")
class LoraConfig:
    rank: int | None = strawberry.field(description="LoRA rank. Null means the trainer's default, 8.")
    alpha: float | None = strawberry.field(
        description="LoRA alpha: the adapters' output is scaled by alpha / rank. Null means the trainer's default, 16."
    )
    module_path: str | None = strawberry.field(
        description="Regular expression of the modules that get an adapter. Null means all attention and feed-forward "
        "layers."
    )


@strawberry.type(description="Device mesh that training is distributed over.")
class MeshConfig:
    fsdp: int | None = strawberry.field(
        description="Number of devices for fully sharded data parallelism. Null means the trainer's default, 1."
    )
    tp: int | None = strawberry.field(
        description="Number of devices for tensor parallelism. Null means the trainer's default, 1."
    )


@strawberry.type(description="Recipe of the preference pairs of a run.")
class PreferenceConfig:
    scorer: str = strawberry.field(description="Name of the scorer whose latest scores are compared.")
    rule: PairRule = strawberry.field(description="Rule by which answers are paired.")
    margin: float = strawberry.field(description="Minimum difference between the scores of a pair.")
    pairs_per_group: int = strawberry.field(description="Maximum number of pairs of one group.")

    @classmethod
    def of(cls, recipe: PairRecipe) -> PreferenceConfig:
        """Converts a recipe."""
        return cls(scorer=recipe.scorer, rule=recipe.rule, margin=recipe.margin, pairs_per_group=recipe.per_group)


@strawberry.type(description="A reward of a GRPO run.")
class RewardConfig:
    scorer: str = strawberry.field(description="Name of the scorer whose scores are the rewards.")
    weight: float = strawberry.field(description="Weight of the score in the sum of rewards.")


@strawberry.type(description="Rollouts and rewards of a GRPO run.")
class GrpoConfig:
    rewards: list[RewardConfig] = strawberry.field(description="Rewards, whose weighted sum counts.")
    num_generations: int | None = strawberry.field(
        description="Number of answers to each prompt of a batch. Null means the trainer's default, 8."
    )
    num_iterations: int | None = strawberry.field(
        description="Number of steps that use each batch of rollouts. Null means the trainer's default, 1."
    )
    temperature: float | None = strawberry.field(
        description="Sampling temperature. Null means the trainer's default, 1."
    )
    top_p: float | None = strawberry.field(
        description="Share of probability that tokens are sampled from. Null means the trainer's default, 1."
    )
    max_new_tokens: int | None = strawberry.field(
        description=f"Maximum number of tokens of a rollout. Null means the trainer's default, {MAX_NEW_TOKENS}."
    )
    epsilon: float | None = strawberry.field(
        description="Distance from 1 to which the ratio of probabilities is clipped. Null means the trainer's "
        "default, 0.2."
    )

    @classmethod
    def of(cls, grpo: Grpo) -> GrpoConfig:
        """Converts the parameters."""
        rewards = [RewardConfig(scorer=reward.scorer, weight=reward.weight) for reward in grpo.rewards]
        return cls(**vars(grpo) | {"rewards": rewards})


@strawberry.type(description="Training parameters of a run. A step is one update of the weights.")
class TrainingConfig:
    learning_rate: float = strawberry.field(description="Peak learning rate.")
    num_epochs: int = strawberry.field(description="Number of epochs.")
    batch_size: int = strawberry.field(description="Number of records per batch.")
    max_seq_length: int = strawberry.field(
        description="Maximum number of tokens of a record; longer records are left out."
    )
    max_steps: int | None = strawberry.field(
        description="Number of steps, in place of `numEpochs`. Null means that the epochs determine it."
    )
    seed: int | None = strawberry.field(description="Random seed. Null means the trainer's default, 0.")
    gradient_accumulation_steps: int | None = strawberry.field(
        description="Number of batches accumulated per step. Null means the trainer's default, 1."
    )
    warmup_steps: int | None = strawberry.field(
        description="Number of warmup steps, over which the learning rate rises from 0 to its peak. Null means the "
        "trainer's default, 0."
    )
    schedule: Schedule | None = strawberry.field(
        description="Learning rate schedule after warmup. Null means the trainer's default, CONSTANT."
    )
    weight_decay: float | None = strawberry.field(
        description="Weight decay of AdamW. Null means the trainer's default, 0."
    )
    max_grad_norm: float | None = strawberry.field(
        description="Maximum gradient norm; gradients are clipped to it. Null means the trainer's default, 1."
    )
    save_every_steps: int | None = strawberry.field(
        description="Number of steps between checkpoints. Null means about ten checkpoints per run."
    )
    eval_every_steps: int | None = strawberry.field(
        description="Number of steps between evaluations. Null means about ten evaluations per run."
    )
    template: ReasoningTemplate | None = strawberry.field(
        description="Template of reasoning and final answer in the training records; null if it is a text."
    )
    custom_template: str | None = strawberry.field(description="Template as a text; null if it is one with a name.")
    beta: float | None = strawberry.field(
        description="Weight of staying close to the base model. Null means the method's default, or that it has none."
    )
    preference: PreferenceConfig | None = strawberry.field(
        description="Recipe of the preference pairs; null unless the method is DPO."
    )
    grpo: GrpoConfig | None = strawberry.field(description="Rollouts and rewards; null unless the method is GRPO.")
    lora: LoraConfig | None = strawberry.field(
        description="Configuration of the LoRA adapters; null if none was given."
    )
    mesh: MeshConfig | None = strawberry.field(description="Device mesh; null if none was given.")
    timeout_seconds: int | None = strawberry.field(
        description="Time limit of one attempt, in seconds. Null means the server's limit."
    )

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> TrainingConfig:
        """Converts stored parameters."""
        config = config_of(stored)
        template, custom_template = template_inputs(config.template)
        return cls(
            **vars(config.training),
            template=template,
            custom_template=custom_template,
            lora=None if config.lora is None else LoraConfig(**vars(config.lora)),
            mesh=None if config.mesh is None else MeshConfig(**vars(config.mesh)),
            grpo=None if config.grpo is None else GrpoConfig.of(config.grpo),
            preference=None if config.preference is None else PreferenceConfig.of(config.preference),
            timeout_seconds=config.timeout_seconds,
        )


@strawberry.type(description="A parameter whose values differ between runs.")
class RunDifference:
    field: str = strawberry.field(description="Name of the parameter as in `StartRunInput`, such as `lora.rank`.")
    values: list[str | None] = strawberry.field(
        description="The parameter's value in each run, in the order of the runs. Strings are plain, all else is "
        "JSON; null where a run does not set it."
    )


def parameters_of(stored: Mapping[str, Any], *path: str) -> Iterator[tuple[str, Any]]:
    """Yields every parameter of a stored configuration, with its name in the schema's spelling."""
    for name, value in stored.items():
        if isinstance(value, Mapping):
            inner = path if name == "training" else (*path, graphql_name(name))
            yield from parameters_of(value, *inner)
        else:
            yield ".".join((*path, graphql_name(name))), value


def differences_of(configs: Sequence[Mapping[str, Any]]) -> list[RunDifference]:
    """Returns the parameters that differ between configurations, in the order in which they first occur."""
    given = [
        dict(parameters_of({**config, "template": config.get("template", DEFAULT_TEMPLATE)})) for config in configs
    ]
    names = dict.fromkeys(name for parameters in given for name in parameters)
    found = []
    for name in names:
        values = [parameters.get(name) for parameters in given]
        if any(value != values[0] for value in values):
            found.append(RunDifference(field=name, values=[value_text(value) for value in values]))
    return found


def value_text(value: Any) -> str | None:
    """Returns a parameter's value as text."""
    return None if value is None else value if isinstance(value, str) else f"{value:.15g}"
