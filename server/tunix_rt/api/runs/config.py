"""Training parameters in the schema: each described once, for inputs and for the configuration of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.inputs import range_text, template_inputs
from tunix_rt.domain.preferences.pairs import PairRecipe, PairRule
from tunix_rt.domain.reasoning_templates import ReasoningTemplate
from tunix_rt.domain.rewards.parameters import Grpo
from tunix_rt.domain.runs.config import config_of
from tunix_rt.trainer.contract import BETA_OF, BOUNDS, GRPO_BOUNDS, Bounds, Method, Schedule

MEANINGS = {
    "learning_rate": "Peak learning rate",
    "num_epochs": "Number of epochs",
    "batch_size": "Number of records per batch",
    "max_seq_length": "Maximum number of tokens of a record, beyond which it is left out",
    "max_steps": "Number of steps, in place of `numEpochs`",
    "seed": "Random seed",
    "gradient_accumulation_steps": "Number of batches whose gradients are accumulated per step",
    "warmup_steps": "Number of warmup steps, over which the learning rate rises from 0 to its peak",
    "schedule": "Learning rate schedule after warmup",
    "weight_decay": "Weight decay of AdamW",
    "max_grad_norm": "Maximum gradient norm, to which gradients are clipped",
    "save_every_steps": "Number of steps between checkpoints",
    "eval_every_steps": "Number of steps between evaluations",
    "beta": "KL coefficient (beta) of the methods DPO and GRPO, which keeps the policy close to the base model",
    "rank": "LoRA rank",
    "alpha": "LoRA alpha, which scales the output of the adapters by alpha / rank",
    "module_path": "Regular expression of the modules that get an adapter",
    "fsdp": "Number of devices for fully sharded data parallelism, a divisor of `batchSize`",
    "tp": "Number of devices for tensor parallelism",
    "num_generations": "Number of answers to each prompt of a batch",
    "num_iterations": "Number of steps that use each batch of rollouts",
    "temperature": "Sampling temperature",
    "top_p": "Probability mass of the tokens sampled from (nucleus sampling)",
    "max_new_tokens": "Maximum number of tokens of a rollout, less than `maxSeqLength`",
    "epsilon": "Clipping range (epsilon) of the probability ratio of the new to the old policy",
}
"""The meaning of each parameter, as the beginning of a sentence."""

DEFAULTS = {
    "max_steps": "the steps of all epochs",
    "schedule": Schedule.CONSTANT.value,
    "save_every_steps": "about ten checkpoints per run",
    "eval_every_steps": "about ten evaluations per run",
    "beta": f"{BETA_OF[Method.DPO]} for DPO and {BETA_OF[Method.GRPO]} for GRPO",
    "module_path": "all attention and feed-forward layers",
}
"""The defaults that are not numbers."""


def bounds_of(name: str) -> Bounds | None:
    """Returns the range of a parameter; None if it is not a number."""
    return BOUNDS.get(name) or GRPO_BOUNDS.get(name)


def default_of(name: str) -> str:
    """Returns the trainer's default of a parameter as text."""
    bounds = bounds_of(name)
    return DEFAULTS[name] if bounds is None or bounds.default is None else f"{bounds.default:,g}"


def parameter_input(name: str, values: str = "") -> Any:
    """Returns the input field of a parameter, described with its values and its default.

    Args:
        values: the values that are accepted, of a parameter that is not a number.
    """
    bounds = bounds_of(name)
    accepted = values if bounds is None else range_text(bounds)
    meaning = f"{MEANINGS[name]}: {accepted}" if accepted else MEANINGS[name]
    return strawberry.field(default=UNSET, description=f"{meaning}. Defaults to {default_of(name)}.")


def required_input(name: str) -> Any:
    """Returns the input field of a parameter that every manifest contains, with its default as the field's."""
    bounds = BOUNDS[name]
    return strawberry.field(default=bounds.default, description=f"{MEANINGS[name]}: {range_text(bounds)}.")


def parameter(name: str) -> Any:
    """Returns the field of a parameter that every run has."""
    return strawberry.field(description=f"{MEANINGS[name]}.")


def optional_parameter(name: str) -> Any:
    """Returns the field of a parameter that is null where the trainer's default applies."""
    return strawberry.field(description=f"{MEANINGS[name]}. Null means the trainer's default, {default_of(name)}.")


@strawberry.type(description="Configuration of the LoRA adapters of a run.")
class LoraConfig:
    rank: int | None = optional_parameter("rank")
    alpha: float | None = optional_parameter("alpha")
    module_path: str | None = optional_parameter("module_path")


@strawberry.type(description="Device mesh that training is distributed over.")
class MeshConfig:
    fsdp: int | None = optional_parameter("fsdp")
    tp: int | None = optional_parameter("tp")


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
    rewards: list[RewardConfig] = strawberry.field(description="Rewards, whose weighted sum is maximized.")
    num_generations: int | None = optional_parameter("num_generations")
    num_iterations: int | None = optional_parameter("num_iterations")
    temperature: float | None = optional_parameter("temperature")
    top_p: float | None = optional_parameter("top_p")
    max_new_tokens: int | None = optional_parameter("max_new_tokens")
    epsilon: float | None = optional_parameter("epsilon")

    @classmethod
    def of(cls, grpo: Grpo) -> GrpoConfig:
        """Converts the parameters."""
        rewards = [RewardConfig(scorer=reward.scorer, weight=reward.weight) for reward in grpo.rewards]
        return cls(**vars(grpo) | {"rewards": rewards})


@strawberry.type(description="Resources that the engine reserves for each attempt at a run.")
class ResourcesConfig:
    cpus: float | None = strawberry.field(description="CPUs; null for the engine's default, 1.")
    gpus: int | None = strawberry.field(description="GPUs; null for none.")
    tpus: int | None = strawberry.field(description="TPU chips; null for none.")
    memory_gib: int | None = strawberry.field(description="Memory in GiB; null for no reservation.")


@strawberry.type(description="Training parameters of a run. A step is one update of the weights.")
class TrainingConfig:
    learning_rate: float = parameter("learning_rate")
    num_epochs: int = parameter("num_epochs")
    batch_size: int = parameter("batch_size")
    max_seq_length: int = parameter("max_seq_length")
    max_steps: int | None = optional_parameter("max_steps")
    seed: int | None = optional_parameter("seed")
    gradient_accumulation_steps: int | None = optional_parameter("gradient_accumulation_steps")
    warmup_steps: int | None = optional_parameter("warmup_steps")
    schedule: Schedule | None = optional_parameter("schedule")
    weight_decay: float | None = optional_parameter("weight_decay")
    max_grad_norm: float | None = optional_parameter("max_grad_norm")
    save_every_steps: int | None = optional_parameter("save_every_steps")
    eval_every_steps: int | None = optional_parameter("eval_every_steps")
    beta: float | None = optional_parameter("beta")
    template: ReasoningTemplate | None = strawberry.field(
        description="Template of reasoning and final answer in the training records; null if a custom template is used."
    )
    custom_template: str | None = strawberry.field(
        description="Text of the custom template; null if a named template is used."
    )
    preference: PreferenceConfig | None = strawberry.field(
        description="Recipe of the preference pairs; null unless the method is DPO."
    )
    grpo: GrpoConfig | None = strawberry.field(description="Rollouts and rewards; null unless the method is GRPO.")
    lora: LoraConfig | None = strawberry.field(
        description="Configuration of the LoRA adapters; null if none was given."
    )
    mesh: MeshConfig | None = strawberry.field(description="Device mesh; null if none was given.")
    resources: ResourcesConfig | None = strawberry.field(
        description="Resources that the engine reserves for each attempt; null if none were given."
    )
    timeout_seconds: int | None = strawberry.field(
        description="Time limit of one attempt, in seconds. Null means the server's limit."
    )
    labels: list[str] = strawberry.field(description="Labels required of the worker that takes the run.")

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
            resources=None if config.resources is None else ResourcesConfig(**vars(config.resources)),
            timeout_seconds=config.timeout_seconds,
            labels=list(config.labels),
        )
