"""Errors of a run's parameters in the words of the command line: ``--warmup-steps`` instead of ``warmup_steps``."""

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
    "lora": "--lora-*",
    "mesh": "--mesh-*",
}
"""Options and arguments that have other names than the parameters."""

NAMED = {*OPTIONS, *(spec.name for spec in fields(Training))}
"""Parameters that errors of other parameters name."""

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
    """Returns an error's message with options in place of the parameter that it is about, and of others it names."""
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
