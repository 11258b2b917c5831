"""The options of a generation and their validation, which reports all errors together."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tunix_rt.domain.jobs.labels import label_errors
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, checked_template
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import BadUserInput, TunixRtError
from tunix_rt.trainer.contract import BOUNDS, SAMPLING_BOUNDS, Bounds

PROMPTS_MAX = 100_000
SCORERS_MAX = 20
INSTRUCTION_MAX_CHARS = 20_000
LIMITS = {**SAMPLING_BOUNDS, "seed": BOUNDS["seed"], "limit": Bounds(1, PROMPTS_MAX)}
"""The range of every number among the options, by its name."""


class GenerationOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a generation, as they are stored with it.

    Args:
        temperature: 0 for greedy decoding.
        limit: the maximum number of prompts; None for all.
        template: the reasoning template that answers are parsed by, by its name in lower case or as a text; None for
            that of the run whose model it is, and for the default of other models. Never None once it is stored.
        system_instruction: placed before each prompt; None for none.
        scorers: the names of the scorers that grade each answer; the caller checks that they exist.
        labels: the labels that the worker must have.
    """

    samples_per_prompt: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    max_new_tokens: int = 512
    max_prompt_tokens: int = 2048
    seed: int = 0
    limit: int | None = None
    template: str | None = None
    system_instruction: str | None = None
    scorers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def option_errors(options: GenerationOptions) -> Iterator[TunixRtError]:
    """Yields the error of each option that is out of its limits, with its path."""
    for name, bounds in LIMITS.items():
        value = getattr(options, name)
        if value is not None and value not in bounds:
            yield BadUserInput(f"{name} must be {bounds}; it is {value}.", [name])
    if options.temperature == 0 and options.samples_per_prompt > 1:
        yield BadUserInput(
            "samples_per_prompt must be 1 with a temperature of 0: greedy decoding gives the same answer every time.",
            ["samples_per_prompt"],
        )
    if options.system_instruction is not None:
        yield from text_errors(options.system_instruction, 1, INSTRUCTION_MAX_CHARS, ["system_instruction"])
    try:
        checked_template(options.template or DEFAULT_TEMPLATE, ["custom_template"])
    except BadUserInput as error:
        yield error
    if len(options.scorers) > SCORERS_MAX:
        yield BadUserInput(f"scorers has at most {SCORERS_MAX} names; it has {len(options.scorers)}.", ["scorers"])
    yield from label_errors(options.labels)
