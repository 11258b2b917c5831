"""Inputs of training: the parameters shared by all mutations that train, and the input of `startRun`."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.inputs import given_or_none, labels_text, template_named
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import KEY
from tunix_rt.api.runs.config import parameter_input, required_input
from tunix_rt.db.models.runs import RunEngine, RunMode
from tunix_rt.domain.contamination.policy import ContaminationPolicy
from tunix_rt.domain.jobs.resources import BOUNDS_OF_RESOURCES, Resources
from tunix_rt.domain.preferences.pairs import PAIRS_MAX, PairRecipe, PairRule
from tunix_rt.domain.reasoning_templates import ReasoningTemplate
from tunix_rt.domain.rewards.parameters import Grpo, Reward
from tunix_rt.domain.runs.config import RunConfig, config_errors
from tunix_rt.domain.runs.manifest import Lora, Mesh, Training
from tunix_rt.errors import BadUserInput, NotFound, NotInstalled, TunixRtError, ValidationErrors
from tunix_rt.trainer.contract import PATTERN_MAX_CHARS, REWARDS_MAX, Method, Schedule

T = TypeVar("T")

NO_DATASET = uuid.UUID(int=0)
"""The placeholder for a dataset that was not found, with which the other errors of the input are collected."""


@strawberry.input(description="Configuration of LoRA adapters.")
class LoraInput:
    rank: int | None = parameter_input("rank")
    alpha: float | None = parameter_input("alpha")
    module_path: str | None = parameter_input("module_path", f"1 to {PATTERN_MAX_CHARS:,} characters")


@strawberry.input(description="Device mesh to distribute training over.")
class MeshInput:
    fsdp: int | None = parameter_input("fsdp")
    tp: int | None = parameter_input("tp")


@strawberry.input(description="Recipe of preference pairs: answers to one prompt are compared by a scorer.")
class PreferenceInput:
    scorer: str = strawberry.field(
        description="Name of the scorer whose latest scores of whole traces are compared. Traces without one are left "
        "out."
    )
    rule: PairRule = strawberry.field(default=PairRule.BEST_WORST, description="Rule by which answers are paired.")
    margin: float = strawberry.field(
        default=0.0,
        description="Minimum difference between the scores of a pair: 0 or more. Answers with equal "
        "scores are not paired.",
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
        description="Name of a scorer of `scorers`. A rollout that it cannot score has the reward 0."
    )
    weight: float = strawberry.field(default=1.0, description="Weight of the score in the sum of rewards: -100 to 100.")


@strawberry.input(
    description="Rollouts and rewards of method GRPO. The policy answers each prompt of a batch several times; answers "
    "with rewards above the mean of their group become more likely."
)
class GrpoInput:
    rewards: list[RewardInput] = strawberry.field(
        description=f"Rewards, whose weighted sum is maximized: 1 to {REWARDS_MAX}, each by a different scorer."
    )
    num_generations: int | None = parameter_input("num_generations")
    num_iterations: int | None = parameter_input("num_iterations")
    temperature: float | None = parameter_input("temperature")
    top_p: float | None = parameter_input("top_p")
    max_new_tokens: int | None = parameter_input("max_new_tokens")
    epsilon: float | None = parameter_input("epsilon")

    def grpo(self) -> Grpo:
        """Returns the parameters, not validated yet."""
        rewards = tuple(Reward(scorer=reward.scorer, weight=reward.weight) for reward in self.rewards)
        return replace(part_of(self, Grpo), rewards=rewards)


@strawberry.input(description="Training parameters. A step is one update of the weights.")
class TrainingInput:
    learning_rate: float = required_input("learning_rate")
    num_epochs: int = required_input("num_epochs")
    batch_size: int = required_input("batch_size")
    max_seq_length: int = required_input("max_seq_length")
    max_steps: int | None = parameter_input("max_steps")
    seed: int | None = parameter_input("seed")
    gradient_accumulation_steps: int | None = parameter_input("gradient_accumulation_steps")
    warmup_steps: int | None = parameter_input("warmup_steps")
    schedule: Schedule | None = parameter_input("schedule")
    weight_decay: float | None = parameter_input("weight_decay")
    max_grad_norm: float | None = parameter_input("max_grad_norm")
    save_every_steps: int | None = parameter_input("save_every_steps")
    eval_every_steps: int | None = parameter_input("eval_every_steps")
    beta: float | None = parameter_input("beta")
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
        description="Template of reasoning and final answer in the training records. Defaults to NUMBERED.",
    )
    custom_template: str | None = strawberry.field(
        default=UNSET,
        description="Text of a custom template, in place of `template`; see `startExport`.",
    )

    def template_name(self) -> str:
        """Returns the reasoning template, by its name or as a text that is not validated yet.

        Raises:
            BadUserInput: both inputs are given.
        """
        return template_named(given_or_none(self.template), given_or_none(self.custom_template))

    def training(self) -> Training:
        """Returns the training parameters, not validated yet."""
        return part_of(self, Training)

    def lora_config(self) -> Lora | None:
        """Returns the configuration of the adapters, not validated yet."""
        return None if given_or_none(self.lora) is None else part_of(self.lora, Lora)

    def mesh_config(self) -> Mesh | None:
        """Returns the device mesh, not validated yet."""
        return None if given_or_none(self.mesh) is None else part_of(self.mesh, Mesh)


def resource_input(name: str, meaning: str, default: str) -> Any:
    """Returns the input field of a resource, described with its range."""
    low, high = BOUNDS_OF_RESOURCES[name]
    return strawberry.field(default=UNSET, description=f"{meaning}: {low:g} to {high:,g}. Defaults to {default}.")


@strawberry.input(description="Resources that the engines RAY and SLURM reserve for each attempt, on one node.")
class ResourcesInput:
    cpus: float | None = resource_input("cpus", "CPUs", "1")
    gpus: int | None = resource_input("gpus", "GPUs", "none")
    tpus: int | None = resource_input("tpus", "TPU chips", "none")
    memory_gib: int | None = resource_input("memory_gib", "Memory, in GiB", "no reservation")


@strawberry.input(description="Input of `startRun`. A step is one update of the weights.")
class StartRunInput(TrainingInput):
    dataset_id: strawberry.ID = strawberry.field(description=f"The training dataset: {ways_to_name('Dataset')}.")
    eval_dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description=f"The evaluation dataset: {ways_to_name('Dataset')}. If omitted, nothing is evaluated.",
    )
    contamination_policy: ContaminationPolicy = strawberry.field(
        default=ContaminationPolicy.WARN,
        description="Policy on training prompts that are equal or similar to prompts of the evaluation dataset, or "
        "that are in a protected set.",
    )
    model_id: str = strawberry.field(
        description="The base model: one of `baseModels`, or a Hugging Face model id such as `Qwen/Qwen3-0.6B`, which "
        "is downloaded. `run:NAME` is the model that the run with this output name has exported."
    )
    mode: RunMode = strawberry.field(
        default=RunMode.DRY_RUN, description="Whether to train, or only to check the inputs."
    )
    method: Method = strawberry.field(default=Method.SFT, description="Training method.")
    preference: PreferenceInput | None = strawberry.field(
        default=UNSET, description="Recipe of the preference pairs. Required by method DPO, not allowed otherwise."
    )
    grpo: GrpoInput | None = strawberry.field(
        default=UNSET, description="Rollouts and rewards. Required by method GRPO, not allowed otherwise."
    )
    engine: RunEngine = strawberry.field(
        default=RunEngine.LOCAL, description="Engine that trains the run, one of `engines`; for mode TRAIN."
    )
    resources: ResourcesInput | None = strawberry.field(
        default=UNSET, description="Resources of each attempt, for the engines RAY and SLURM only."
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
    labels: list[str] = strawberry.field(
        default_factory=list,
        description=labels_text("run"),
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
    eval_dataset_id = await dataset_of(context, given_or_none(input.eval_dataset_id), "evalDatasetId", errors)
    config = RunConfig(
        dataset_id=dataset_id or NO_DATASET,
        eval_dataset_id=eval_dataset_id,
        model_id=input.model_id,
        mode=input.mode,
        method=input.method,
        training=input.training(),
        lora=input.lora_config(),
        mesh=input.mesh_config(),
        timeout_seconds=given_or_none(input.timeout_seconds),
        output_name=given_or_none(input.output_name),
        labels=tuple(input.labels),
        template=input.template_name(),
        grpo=grpo.grpo() if (grpo := given_or_none(input.grpo)) is not None else None,
        engine=input.engine,
        resources=part_of(asked, Resources) if (asked := given_or_none(input.resources)) is not None else None,
        preference=recipe.recipe() if (recipe := given_or_none(input.preference)) is not None else None,
    )
    errors += [error async for error in scorer_errors(context, config)]
    if errors:
        raise ValidationErrors([*errors, *config_errors(config, context.settings)])
    return config


async def scorer_errors(context: Context, config: RunConfig) -> AsyncIterator[TunixRtError]:
    """Yields the error of each reward whose scorer does not exist, or cannot score at present."""
    for position, reward in enumerate(config.grpo.rewards[:REWARDS_MAX] if config.grpo else ()):
        try:
            await context.services.scoring.scorer(reward.scorer)
        except (BadUserInput, NotInstalled) as error:
            yield type(error)(error.message, ["grpo", "rewards", position, "scorer"])


def part_of(input: Any, part: type[T]) -> T:
    """Returns the part of an input that has the fields of a dataclass of the domain."""
    names = [spec.name for spec in fields(cast(Any, part))]
    return part(**{name: given_or_none(getattr(input, name)) for name in names})


async def dataset_of(context: Context, text: str | None, name: str, errors: list[TunixRtError]) -> uuid.UUID | None:
    """Returns the dataset of a field; adds an error to ``errors`` if it cannot be used."""
    try:
        return None if text is None else await row_id(context, text, "Dataset", [name])
    except (BadUserInput, NotFound) as error:
        errors.append(error)
    return None
