# No `from __future__ import annotations` here: the resolver's annotations are evaluated where it is defined.
"""`trainingText` of a trace: the text of its record in training, by a reasoning template."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.inputs import given_or_none, template_named
from tunix_rt.api.lists.fields import batch_value
from tunix_rt.domain.exports.formats.base import lacks_answer
from tunix_rt.domain.exports.formats.turns import record_turns
from tunix_rt.domain.reasoning_templates import ReasoningTemplate, TemplateText, checked_template
from tunix_rt.domain.traces.trace import decode_stored, reasoning_of
from tunix_rt.offload import off_loop

Template = Annotated[
    ReasoningTemplate | None,
    strawberry.argument(description="Template of reasoning and final answer. Defaults to NUMBERED."),
]
CustomTemplate = Annotated[
    str | None,
    strawberry.argument(description="Text of a custom template, in place of `template`; see `startExport`."),
]


@strawberry.type(
    description="The text of a trace's record in training, in Gemma's chat markup: `prompt` followed by `target`. For "
    "a model with a different chat markup, the control tokens are replaced by the model's own. It is the text of the "
    "export format TUNIX_SFT without a system instruction."
)
class TrainingText:
    prompt: str = strawberry.field(
        description="The user's turn and the header of the model's turn. The loss does not cover them."
    )
    target: str = strawberry.field(
        description="The model's turn, which the loss covers: steps and final answer by the template, and the end "
        "marker."
    )


async def training_texts_of(found: list[Any], call: Call) -> list[TrainingText | None]:
    """Returns each trace's training text, None for those that training leaves out.

    Raises:
        BadUserInput: the template is invalid.
    """
    chosen = template_named(
        given_or_none(call.arguments.get("template")), given_or_none(call.arguments.get("custom_template"))
    )
    template = checked_template(chosen, ["customTemplate"])
    payloads: list[str] = [trace.stored_payload for trace in found]
    return await off_loop(sum(map(len, payloads)), all_training_texts, payloads, template)


def all_training_texts(payloads: Sequence[str], template: TemplateText) -> list[TrainingText | None]:
    """Returns the training texts of stored traces, None for those that training leaves out."""
    return [training_text(payload, template) for payload in payloads]


def training_text(payload: str, template: TemplateText) -> TrainingText | None:
    """Returns the training text of a stored trace; None if it has no final answer, since training leaves it out."""
    if lacks_answer(payload):
        return None
    trace = decode_stored(payload)
    turns = record_turns(trace.prompt, reasoning_of(trace.steps), trace.final_answer, template)
    return TrainingText(prompt=turns.prompt, target=turns.target)


def training_text_field() -> Any:
    """Returns the field of a trace's training text."""

    async def resolve(
        root: Any, info: strawberry.Info, template: Template = UNSET, custom_template: CustomTemplate = UNSET
    ) -> TrainingText | None:
        arguments = {"template": given_or_none(template), "custom_template": given_or_none(custom_template)}
        found: TrainingText | None = await batch_value(root, info, training_texts_of, arguments)
        return found

    return strawberry.field(
        resolver=resolve,
        description="The text of the trace's record in training; null if the trace has no final answer, since "
        "supervised training leaves such traces out.",
        metadata={"batch": training_texts_of},
    )
