"""Inputs of training: the parameters shared by all mutations that train, and the input of `startRun`."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.inputs import given, template_named
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import KEY
from tunix_rt.db.models.runs import RunMode
from tunix_rt.domain.contamination.policy import ContaminationPolicy
from tunix_rt.domain.preferences.pairs import PAIRS_MAX, PairRecipe, PairRule
from tunix_rt.domain.reasoning_templates import ReasoningTemplate
from tunix_rt.domain.rewards.parameters import Grpo, Reward
from tunix_rt.domain.runs.config import RunConfig, config_errors
from tunix_rt.domain.runs.manifest import Lora, Mesh, Training
from tunix_rt.errors import BadUserInput, NotFound, NotInstalled, TunixRtError, ValidationErrors
from tunix_rt.trainer.contract import MAX_NEW_TOKENS, REWARDS_MAX, Method, Schedule

T = TypeVar("T")

NO_DATASET = uuid.UUID(int=0)
"""The placeholder for a dataset that was not found, with which the other errors of the input are collected."""


@strawberry.input(description="Configuration of LoRA adapters.")
class LoraInput:
    rank: int | None = strawberry.field(default=UNSET, description="LoRA rank: 1 to 1,024. Defaults to 8.")
    alpha: float | None = strawberry.field(
        default=UNSET,
        description="LoRA alpha: above 0, at most 4,096. The adapters' output is scaled by alpha / rank. Defaults to "
        "16.",
    )
    module_path: str | None = strawberry.field(
        default=UNSET,
        description="Regular expression of the modules that get an adapter: 1 to 1,000 characters. Defaults to all "
        "attention and feed-forward layers.",
    )


@strawberry.input(description="Device mesh to distribute training over.")
class MeshInput:
    fsdp: int | None = strawberry.field(
        default=UNSET,
        description="Number of devices for fully sharded data parallelism: 1 to 512. Must divide `batchSize`. "
        "Defaults to 1.",
    )
    tp: int | None = strawberry.field(
        default=UNSET, description="Number of devices for tensor parallelism: 1 to 4,096. Defaults to 1."
    )


@strawberry.input(description="Recipe of preference pairs: answers to one prompt are compared by a scorer.")
class PreferenceInput:
    scorer: str = strawberry.field(
        description="Name of the scorer whose latest scores of whole traces are compared. Traces without one are left "
        "out."
    )
    rule: PairRule = strawberry.field(default=PairRule.BEST_WORST, description="Rule by which answers are paired.")
    margin: float = strawberry.field(
        default=0.0, description="Minimum difference between the scores of a pair, which always differ: 0 or more."
    )
    pairs_per_group: int = strawberry.field(
        default=1,
        description=f"Maximum number of pairs of one group: 1 to {PAIRS_MAX:,}. Those with the largest differences are "
        "used.",
    )

    def recipe(self) -> PairRecipe:
        """Returns the recipe, not validated yet."""
        return PairRecipe(self.scorer, self.rule, self.margin, self.pairs_per_group)


@strawberry.input(description="A reward of method GRPO: the score of a scorer.")
class RewardInput:
    scorer: str = strawberry.field(
        description="Name of a scorer of `scorers`. A rollout that it does not take has the reward 0."
    )
    weight: float = strawberry.field(default=1.0, description="Weight of the score in the sum of rewards: -100 to 100.")


@strawberry.input(
    description="Rollouts and rewards of method GRPO. The policy answers each prompt of a batch several times; answers "
    "whose rewards are above the mean of their group become likelier."
)
class GrpoInput:
    rewards: list[RewardInput] = strawberry.field(
        description=f"Rewards, whose weighted sum counts: 1 to {REWARDS_MAX}, each by another scorer."
    )
    num_generations: int | None = strawberry.field(
        default=UNSET, description="Number of answers to each prompt of a batch: 2 to 64. Defaults to 8."
    )
    num_iterations: int | None = strawberry.field(
        default=UNSET, description="Number of steps that use each batch of rollouts: 1 to 16. Defaults to 1."
    )
    temperature: float | None = strawberry.field(
        default=UNSET, description="Sampling temperature: above 0, at most 10. Defaults to 1."
    )
    top_p: float | None = strawberry.field(
        default=UNSET,
        description="Nucleus sampling: the share of probability that tokens are sampled from: above 0, at most 1. "
        "Defaults to 1.",
    )
    max_new_tokens: int | None = strawberry.field(
        default=UNSET,
        description=f"Maximum number of tokens of a rollout: 1 to 8,192, less than `maxSeqLength`. Defaults to "
        f"{MAX_NEW_TOKENS}.",
    )
    epsilon: float | None = strawberry.field(
        default=UNSET,
        description="Distance from 1 to which the ratio of an answer's probabilities under the new and the old policy "
        "is clipped: above 0, at most 1. Defaults to 0.2.",
    )

    def grpo(self) -> Grpo:
        """Returns the parameters, not validated yet."""
        rewards = tuple(Reward(scorer=reward.scorer, weight=reward.weight) for reward in self.rewards)
        return replace(part_of(self, Grpo), rewards=rewards)


@strawberry.input(description="Training parameters. A step is one update of the weights.")
class TrainingInput:
    learning_rate: float = strawberry.field(
        default=Training.learning_rate, description="Peak learning rate: above 0, at most 1."
    )
    num_epochs: int = strawberry.field(default=Training.num_epochs, description="Number of epochs: 1 to 100.")
    batch_size: int = strawberry.field(
        default=Training.batch_size, description="Number of records per batch: 1 to 512."
    )
    max_seq_length: int = strawberry.field(
        default=Training.max_seq_length,
        description="Maximum number of tokens of a record: 128 to 32,768. Longer records are left out.",
    )
    max_steps: int | None = strawberry.field(
        default=UNSET,
        description="Number of steps, in place of `numEpochs`: 1 to 10,000,000. If omitted, the epochs determine it.",
    )
    seed: int | None = strawberry.field(default=UNSET, description="Random seed: 0 to 2,147,483,647. Defaults to 0.")
    gradient_accumulation_steps: int | None = strawberry.field(
        default=UNSET, description="Number of batches accumulated per step: 1 to 1,024. Defaults to 1."
    )
    warmup_steps: int | None = strawberry.field(
        default=UNSET,
        description="Number of warmup steps, over which the learning rate rises from 0 to its peak: 0 to 10,000,000. "
        "Defaults to 0.",
    )
    schedule: Schedule | None = strawberry.field(
        default=UNSET, description="Learning rate schedule after warmup. Defaults to CONSTANT."
    )
    weight_decay: float | None = strawberry.field(
        default=UNSET, description="Weight decay of AdamW: 0 to 1. Defaults to 0."
    )
    max_grad_norm: float | None = strawberry.field(
        default=UNSET,
        description="Maximum gradient norm, above 0, at most 1,000; gradients are clipped to it. Defaults to 1.",
    )
    save_every_steps: int | None = strawberry.field(
        default=UNSET,
        description="Number of steps between checkpoints: 1 to 10,000,000. By default, a run saves about ten.",
    )
    eval_every_steps: int | None = strawberry.field(
        default=UNSET,
        description="Number of steps between evaluations: 1 to 10,000,000. By default, a run has about ten.",
    )
    beta: float | None = strawberry.field(
        default=UNSET,
        description="Weight of staying close to the base model: above 0, at most 10. For methods DPO, where it "
        "defaults to 0.1, and GRPO, where it defaults to 0.04.",
    )
    lora: LoraInput | None = strawberry.field(
        default=UNSET,
        description="Configuration of LoRA adapters. For method LORA, and for DPO and GRPO, which train all weights "
        "without it.",
    )
    mesh: MeshInput | None = strawberry.field(
        default=UNSET, description="Device mesh to distribute training over. Defaults to one device."
    )

    template: ReasoningTemplate | None = strawberry.field(
        default=UNSET,
        description="Template by which the training records have reasoning and final answer. Defaults to NUMBERED.",
    )
    custom_template: str | None = strawberry.field(
        default=UNSET,
        description="Template as a text with placeholders, in place of `template`; see `StartExportInput`.",
    )

    def template_name(self) -> str:
        """Returns the reasoning template, by its name or as a text that is not validated yet.

        Raises:
            BadUserInput: both inputs are given.
        """
        return template_named(given(self.template), given(self.custom_template))

    def training(self) -> Training:
        """Returns the training parameters, not validated yet."""
        return part_of(self, Training)

    def lora_config(self) -> Lora | None:
        """Returns the configuration of the adapters, not validated yet."""
        return None if given(self.lora) is None else part_of(self.lora, Lora)

    def mesh_config(self) -> Mesh | None:
        """Returns the device mesh, not validated yet."""
        return None if given(self.mesh) is None else part_of(self.mesh, Mesh)


@strawberry.input(description="Input of `startRun`. A step is one update of the weights.")
class StartRunInput(TrainingInput):
    dataset_id: strawberry.ID = strawberry.field(description=f"The training dataset: {ways_to_name('Dataset')}.")
    eval_dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description=f"The evaluation dataset: {ways_to_name('Dataset')}. If omitted, nothing is evaluated.",
    )
    contamination_policy: ContaminationPolicy = strawberry.field(
        default=ContaminationPolicy.WARN,
        description="Reaction to training prompts that are equal or similar to prompts of the evaluation dataset, or "
        "that are in a protected set.",
    )
    model_id: str = strawberry.field(
        description="The base model: one of `baseModels`, or a Hugging Face model id such as `Qwen/Qwen3-0.6B`, which "
        "is downloaded. `run:NAME` is the model that the run with this output name has exported."
    )
    mode: RunMode = strawberry.field(
        default=RunMode.DRY_RUN, description="Whether to train or only to check that the run could."
    )
    method: Method = strawberry.field(default=Method.SFT, description="Training method.")
    preference: PreferenceInput | None = strawberry.field(
        default=UNSET, description="Recipe of the preference pairs. Required by method DPO, and only for it."
    )
    grpo: GrpoInput | None = strawberry.field(
        default=UNSET, description="Rollouts and rewards. Required by method GRPO, and only for it."
    )
    timeout_seconds: int | None = strawberry.field(
        default=UNSET,
        description="Time limit of one attempt, in seconds: from 1 to the server's limit, which is the default.",
    )
    output_name: str | None = strawberry.field(
        default=UNSET,
        description="Name of the run's folder, unique among runs: 1 to 64 letters, digits and characters of `. _ -`, "
        "starting with a letter or digit. Defaults to the run's `uuid`.",
    )
    wait: bool = strawberry.field(default=False, description="Whether to respond only when the run has finished.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


async def config_of(context: Context, input: StartRunInput) -> RunConfig:
    """Returns the configuration of a run.

    Raises:
        ValidationErrors: a dataset cannot be used; has every error in the input.
    """
    errors: list[TunixRtError] = []
    dataset_id = await dataset_of(context, input.dataset_id, "datasetId", errors)
    eval_dataset_id = await dataset_of(context, given(input.eval_dataset_id), "evalDatasetId", errors)
    config = RunConfig(
        dataset_id=dataset_id or NO_DATASET,
        eval_dataset_id=eval_dataset_id,
        model_id=input.model_id,
        mode=input.mode,
        method=input.method,
        training=input.training(),
        lora=input.lora_config(),
        mesh=input.mesh_config(),
        timeout_seconds=given(input.timeout_seconds),
        output_name=given(input.output_name),
        template=input.template_name(),
        grpo=grpo.grpo() if (grpo := given(input.grpo)) is not None else None,
        preference=recipe.recipe() if (recipe := given(input.preference)) is not None else None,
    )
    errors += [error async for error in scorer_errors(context, config)]
    if errors:
        raise ValidationErrors([*errors, *config_errors(config, context.settings)])
    return config


async def scorer_errors(context: Context, config: RunConfig) -> AsyncIterator[TunixRtError]:
    """Yields the error of each reward whose scorer does not exist, or cannot score at present."""
    for place, reward in enumerate(config.grpo.rewards[:REWARDS_MAX] if config.grpo else ()):
        try:
            await context.services.scoring.scorer(reward.scorer)
        except (BadUserInput, NotInstalled) as error:
            yield type(error)(error.message, ["grpo", "rewards", place, "scorer"])


def part_of(input: Any, part: type[T]) -> T:
    """Returns the part of an input whose fields are those of a dataclass of the domain."""
    names = [spec.name for spec in fields(cast(Any, part))]
    return part(**{name: given(getattr(input, name)) for name in names})


async def dataset_of(context: Context, text: str | None, name: str, errors: list[TunixRtError]) -> uuid.UUID | None:
    """Returns the dataset of a field; adds an error to ``errors`` if it cannot be used."""
    try:
        return None if text is None else await row_id(context, text, "Dataset", [name])
    except (BadUserInput, NotFound) as error:
        errors.append(error)
    return None
