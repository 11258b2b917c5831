"""The input of `startGeneration`, and its conversion to a plan."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.exports.mutations import selection_of
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import given_or_none, labels_text, range_text, template_named
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import KEY
from tunix_rt.api.traces.types import TraceOrder
from tunix_rt.domain.exports.sources import OfDataset, OfSelection, Source
from tunix_rt.domain.generations.lifecycle import GenerationPlan
from tunix_rt.domain.generations.options import PROMPTS_MAX, SCORERS_MAX, GenerationOptions
from tunix_rt.domain.reasoning_templates import ReasoningTemplate
from tunix_rt.errors import BadUserInput, TunixRtError, ValidationErrors
from tunix_rt.trainer.contract import BOUNDS, SAMPLING_BOUNDS

DEFAULTS = GenerationOptions()


@strawberry.input
class SamplingInput:
    """The sampling parameters of generations, and of the models that an evaluation lets answer."""

    top_p: float = strawberry.field(
        default=DEFAULTS.top_p,
        description="Probability mass of the tokens sampled from (nucleus sampling): "
        f"{range_text(SAMPLING_BOUNDS['top_p'])}.",
    )
    max_new_tokens: int = strawberry.field(
        default=DEFAULTS.max_new_tokens,
        description=f"Maximum number of tokens of an answer: {range_text(SAMPLING_BOUNDS['max_new_tokens'])}.",
    )
    template: ReasoningTemplate | None = strawberry.field(
        default=UNSET,
        description="Template that answers are parsed by. Defaults to the template that the run was trained with, and "
        "to NUMBERED for other models.",
    )
    custom_template: str | None = strawberry.field(
        default=UNSET, description="Text of a custom template, in place of `template`; see `startExport`."
    )
    system_instruction: str | None = strawberry.field(
        default=UNSET, description="System instruction before each prompt: 1 to 20,000 characters."
    )

    def template_given(self) -> str | None:
        """Returns the reasoning template, None if there is none; raises as ``template_named`` does."""
        template, custom = given_or_none(self.template), given_or_none(self.custom_template)
        return None if template is custom is None else template_named(template, custom)


@strawberry.input(description="Input of `startGeneration`: exactly one of `datasetId` and `where`.")
class StartGenerationInput(SamplingInput):
    model_id: str = strawberry.field(
        description="The model that answers: one of `baseModels`, such as `run:NAME` for the model that the run with "
        "this output name has exported, or a Hugging Face model id, which is downloaded."
    )
    checkpoint_step: int | None = strawberry.field(
        default=UNSET,
        description="Training step of one of the run's `checkpoints`, whose weights answer in place of the exported "
        "model; 0 for the run's base model. Requires the model id `run:NAME`.",
    )
    dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"The dataset whose prompts are answered: {ways_to_name('Dataset')}."
    )
    where: TraceWhere | None = strawberry.field(
        default=UNSET,
        description="Filter that selects the traces whose prompts are answered; `{}` selects all. Equal prompts are "
        "answered once.",
    )
    order_by: list[TraceOrder] | None = strawberry.field(
        default=UNSET, description="Sort order of the traces that `where` selects. Newest first by default."
    )
    samples_per_prompt: int = strawberry.field(
        default=DEFAULTS.samples_per_prompt,
        description=f"Number of answers to each prompt: {range_text(SAMPLING_BOUNDS['samples_per_prompt'])}.",
    )
    temperature: float = strawberry.field(
        default=DEFAULTS.temperature,
        description=f"Sampling temperature: {range_text(SAMPLING_BOUNDS['temperature'])}. 0 is greedy decoding, which "
        "gives one answer to each prompt.",
    )
    max_prompt_tokens: int = strawberry.field(
        default=DEFAULTS.max_prompt_tokens,
        description=f"Maximum number of tokens of a prompt: {range_text(SAMPLING_BOUNDS['max_prompt_tokens'])}. "
        "Longer prompts are not answered, and counted in `tooLongCount`.",
    )
    seed: int = strawberry.field(
        default=DEFAULTS.seed,
        description=f"Random seed: {range_text(BOUNDS['seed'])}. The same request with the same seed gives the same "
        "answers.",
    )
    limit: int | None = strawberry.field(
        default=UNSET, description=f"Maximum number of prompts: 1 to {PROMPTS_MAX:,}. Defaults to all of them."
    )
    scorers: list[str] | None = strawberry.field(
        default=UNSET, description=f"Names of the scorers that grade each answer: up to {SCORERS_MAX} of `scorers`."
    )
    labels: list[str] = strawberry.field(default_factory=list, description=labels_text("generation"))
    wait: bool = strawberry.field(
        default=False, description="Whether to respond only when the generation has finished."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)

    def options(self) -> GenerationOptions:
        """Returns the options; raises as ``template_named`` does."""
        return GenerationOptions(
            samples_per_prompt=self.samples_per_prompt,
            temperature=self.temperature,
            top_p=self.top_p,
            max_new_tokens=self.max_new_tokens,
            max_prompt_tokens=self.max_prompt_tokens,
            seed=self.seed,
            limit=given_or_none(self.limit),
            template=self.template_given(),
            system_instruction=given_or_none(self.system_instruction),
            scorers=tuple(dict.fromkeys(given_or_none(self.scorers) or ())),
            labels=tuple(self.labels),
        )


async def plan_given(context: Context, input: StartGenerationInput) -> GenerationPlan:
    """Returns the plan of a generation.

    Raises:
        BadUserInput: not exactly one source is given.
        NotFound: no dataset has the given key.
        ValidationErrors: scorers do not exist, or cannot score at present; one error for each.
    """
    source, options = await source_given(context, input), input.options()
    errors: list[TunixRtError] = []
    for position, name in enumerate(options.scorers[:SCORERS_MAX]):
        try:
            await context.services.scoring.scorer(name)
        except TunixRtError as error:
            errors.append(type(error)(error.message, ["scorers", position]))
    if errors:
        raise ValidationErrors(errors)
    return GenerationPlan(input.model_id, source, options, given_or_none(input.checkpoint_step))


async def source_given(context: Context, input: StartGenerationInput) -> Source:
    """Returns the source of the prompts; raises as ``plan_given`` does."""
    dataset, where = given_or_none(input.dataset_id), given_or_none(input.where)
    if (dataset is None) == (where is None):
        raise BadUserInput("Exactly one of datasetId and where is required.", ["datasetId"])
    if dataset is None:
        return OfSelection(selection_of(where, given_or_none(input.order_by)))
    if given_or_none(input.order_by):
        raise BadUserInput("orderBy requires where: a dataset has its own order.", ["orderBy"])
    return OfDataset(await row_id(context, str(dataset), "Dataset", ["datasetId"]))
