"""Errors in a run's parameters with the names of options: ``--warmup-steps`` instead of ``warmup_steps``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

from tunix_rt.domain.runs.manifest import Training
from tunix_rt.errors import TunixRtError, errors_of

OPTIONS = {
    "model_id": "--model",
    "dataset_id": "DATASET",
    "eval_dataset_id": "--eval-dataset",
    "custom_template": "--template",
    "samples_per_prompt": "--samples-per-prompt",
    "scorers": "--scorer",
    "lora": "--lora-*",
    "mesh": "--mesh-*",
}
"""Options and arguments whose names differ from the parameters' names."""

NAMED = {*OPTIONS, *(spec.name for spec in fields(Training))}
"""Parameters that occur in the errors of other parameters."""

WORD = re.compile(r"[a-z]+(?:_[a-z]+)*")


@contextmanager
def option_names() -> Iterator[None]:
    """Rewrites the messages of errors about parameters."""
    try:
        yield
    except TunixRtError as error:
        for single in errors_of(error):
            single.message = with_option_names(single)
        raise


def with_option_names(error: TunixRtError) -> str:
    """Returns an error's message with all parameters replaced by their options."""
    parts = [str(part) for part in error.path]

    def replaced(match: re.Match[str]) -> str:
        word = match[0]
        if parts and word == parts[-1]:
            return option_of("_".join(parts))
        return option_of(word) if "_" in word and word in NAMED else word

    return WORD.sub(replaced, error.message) if parts else error.message


def option_of(parameter: str) -> str:
    """Returns the option of a parameter: ``--lora-rank`` for ``lora_rank``."""
    return OPTIONS.get(parameter, f"--{parameter.replace('_', '-')}")
