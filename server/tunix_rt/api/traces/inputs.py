"""Trace inputs of mutations: their size is limited, then they are validated, off the event loop if there are many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.types.arguments import InputContext

from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.scalars import JSON
from tunix_rt.domain.traces.trace import (
    ANSWER_MAX_CHARS,
    ANSWER_STEP,
    EXTERNAL_ID_MAX_CHARS,
    GROUP_MAX_CHARS,
    PROMPT_MAX_CHARS,
    REFERENCE_MAX_CHARS,
    STEP_CONTENT_MAX_CHARS,
    STEP_TYPE_MAX_CHARS,
    STEPS_MAX,
    VERSION_MAX_CHARS,
    TraceDraft,
    steps_or_answer,
)
from tunix_rt.domain.traces.validation import first_errors, validate_trace
from tunix_rt.errors import BadUserInput, TooCostly, TunixRtError, ValidationErrors, errors_of, within
from tunix_rt.offload import off_loop

CREATE_MAX = 1000
CREATE_STEPS_MAX = 50_000
CREATE_CHARS_MAX = 20_000_000
STEP_BYTES = 100
"""Minimum cost of a step, as bytes of text."""


@strawberry.input(description="A reasoning step of a new trace.")
class StepInput:
    index: int | None = strawberry.field(
        default=UNSET,
        description="Index of the step, unique within the trace. Defaults to its position in `steps`, from 0.",
    )
    type: str = strawberry.field(
        description=f"Type of the step, such as `computation`: free text of 1 to {STEP_TYPE_MAX_CHARS} characters."
    )
    content: str = strawberry.field(description=f"Text of the step: 1 to {STEP_CONTENT_MAX_CHARS:,} characters.")


@strawberry.input(description="A new trace.")
class TraceInput:
    trace_version: str = strawberry.field(
        default="1.0", description=f"Version of the trace format: 1 to {VERSION_MAX_CHARS} characters."
    )
    prompt: str = strawberry.field(description=f"The prompt: 1 to {PROMPT_MAX_CHARS:,} characters.")
    final_answer: str = strawberry.field(description=f"The final answer: 1 to {ANSWER_MAX_CHARS:,} characters.")
    steps: list[StepInput] | None = strawberry.field(
        default=UNSET,
        description=f"The reasoning steps in order: up to {STEPS_MAX:,}. Without any, the trace is an answer without "
        f"reasoning: it gets one step of the type `{ANSWER_STEP}` with the final answer.",
    )
    meta: JSON | None = strawberry.field(
        default=UNSET,
        description="Metadata: a JSON object with keys of your choice. A string at `source` becomes the trace's "
        "`source`.",
    )
    external_id: str | None = strawberry.field(
        default=UNSET,
        description=f"Identifier of the trace in the system it comes from: up to {EXTERNAL_ID_MAX_CHARS} characters.",
    )

    reference_answer: str | None = strawberry.field(
        default=UNSET,
        description="Reference answer: the known correct answer, against which `answer_match` grades the final answer. "
        f"1 to {REFERENCE_MAX_CHARS:,} characters. Not part of the content hash.",
    )
    group: str | None = strawberry.field(
        default=UNSET,
        description=f"Group of the trace: 1 to {GROUP_MAX_CHARS} characters, shared by all traces to be compared "
        "with each other. Defaults to the `promptHash`. Not part of the content hash.",
    )

    @property
    def given_steps(self) -> list[dict[str, Any]]:
        """The steps of the request, which ``as_given`` does not convert to objects."""
        steps: list[Any] = self.steps or []
        return steps

    @property
    def char_count(self) -> int:
        """Returns the code points of the prompt, the answer and all steps."""
        return len(self.prompt) + len(self.final_answer) + sum(len(step["content"]) for step in self.given_steps)

    def value(self) -> dict[str, Any]:
        """Returns the trace in the native format."""
        steps = [native_step(position, step) for position, step in enumerate(self.given_steps)]
        return {
            "trace_version": self.trace_version,
            "prompt": self.prompt,
            "final_answer": self.final_answer,
            "steps": steps_or_answer(steps, self.final_answer),
            "meta": given_or_none(self.meta),
        }

    def draft(self, max_bytes: int) -> TraceDraft:
        """Returns the validated trace; raises as ``domain.traces.trace.validate_trace`` does."""
        external_id, *known = map(given_or_none, (self.external_id, self.reference_answer, self.group))
        return validate_trace(self.value(), max_bytes, external_id, (), *known)


def native_step(position: int, step: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a step in the native format."""
    index = step.get("index")
    return {"i": position if index is None else index, "type": step["type"], "content": step["content"]}


def as_given(kind: type[TraceInput], value: Mapping[str, Any], _: InputContext) -> TraceInput:
    """Builds a trace's input without converting its steps.

    Strawberry would create an object for each step, in 30 microseconds and in the event loop; here a thread builds the
    trace from the given steps.
    """
    return kind(
        trace_version=value["traceVersion"],
        prompt=value["prompt"],
        final_answer=value["finalAnswer"],
        steps=value.get("steps", UNSET),
        meta=value.get("meta", UNSET),
        external_id=value.get("externalId", UNSET),
        reference_answer=value.get("referenceAnswer", UNSET),
        group=value.get("group", UNSET),
    )


TraceInput.__strawberry_definition__.from_input = as_given  # type: ignore[attr-defined]


async def draft_of(one: TraceInput, max_bytes: int) -> TraceDraft:
    """Returns the draft of one input; raises as ``domain.traces.trace.validate_trace`` does."""
    return await off_loop(size_of([one]), one.draft, max_bytes)


async def drafts_of(inputs: Sequence[TraceInput], max_bytes: int) -> list[TraceDraft]:
    """Returns the drafts of all inputs.

    Raises:
        TooCostly: the inputs are too large together, which is checked first.
        ValidationErrors: the first errors of all inputs, with the position and the field of each; see ``first_errors``.
    """
    require_few(sum(len(one.given_steps) for one in inputs), "steps", CREATE_STEPS_MAX)
    require_few(sum(one.char_count for one in inputs), "characters", CREATE_CHARS_MAX)
    return await off_loop(size_of(inputs), all_drafts, inputs, max_bytes)


def require_few(count: int, name: str, maximum: int) -> None:
    """Checks the total size of traces; raises as ``drafts_of`` does."""
    if count > maximum:
        raise TooCostly(
            f"traces may have at most {maximum} {name} together; they have {count}; send fewer at once, or post NDJSON "
            "to /v1/traces.",
            ["traces"],
        )


def size_of(inputs: Sequence[TraceInput]) -> int:
    """Returns the cost of inputs, as bytes of text."""
    return sum(one.char_count + STEP_BYTES * len(one.given_steps) for one in inputs)


def all_drafts(inputs: Sequence[TraceInput], max_bytes: int) -> list[TraceDraft]:
    """Returns the drafts of all inputs; raises as ``drafts_of`` does."""
    drafts: list[TraceDraft] = []
    errors = first_errors(each_error(inputs, max_bytes, drafts))
    if errors:
        raise ValidationErrors(errors)
    return drafts


def each_error(inputs: Sequence[TraceInput], max_bytes: int, drafts: list[TraceDraft]) -> Iterator[TunixRtError]:
    """Yields the errors of all inputs; adds the drafts of valid ones to ``drafts``."""
    for position, one in enumerate(inputs):
        try:
            drafts.append(one.draft(max_bytes))
        except BadUserInput as error:
            yield from errors_of(within(["traces", position], error))
