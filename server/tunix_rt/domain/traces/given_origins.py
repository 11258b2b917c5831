"""Origins of traces that an external run has produced, as an import has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tunix_rt.domain.text import text_errors
from tunix_rt.errors import BadUserInput, PathPart
from tunix_rt.trainer.contract import FinishReason

FIELD, SAMPLING = "produced_by", "sampling_parameters"
RUN_MAX_CHARS = 64
RAW_TEXT_MAX_CHARS = 250_000
WHOLE_MAX, SEED_MAX = 2**31 - 1, 2**63 - 1
RANGES: dict[str, tuple[float, float]] = {
    "policy_version": (0, WHOLE_MAX),
    "sample_index": (0, WHOLE_MAX),
    "token_count": (0, WHOLE_MAX),
    "mean_log_probability": (-1e9, 0),
}
"""The least and the greatest value of each number of an origin."""
SAMPLING_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 100),
    "top_p": (0, 1),
    "max_new_tokens": (1, WHOLE_MAX),
    "seed": (-SEED_MAX - 1, SEED_MAX),
}


class GivenSampling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters by which an answer was sampled."""

    temperature: float
    top_p: float
    max_new_tokens: int
    seed: int | None = None


class GivenOrigin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The origin of a trace as its program reports it; None for what the program does not know.

    Args:
        run: the external run, by its UUID or its name.
        raw_text: the answer as it was generated.
        policy_version: the number of updates that the policy had seen.
        sample_index: the position among the answers to the same prompt, from 0.
        mean_log_probability: in nats.
        malformed: whether the answer did not have the form that the program expects.
    """

    run: str
    raw_text: str
    policy_version: int | None = None
    sample_index: int | None = None
    sampling_parameters: GivenSampling | None = None
    finish_reason: FinishReason | None = None
    token_count: int | None = None
    mean_log_probability: float | None = None
    malformed: bool = False

    def errors(self) -> Iterator[BadUserInput]:
        """Yields the errors that need no database, each with its path in the line."""
        yield from text_errors(self.run, 1, RUN_MAX_CHARS, [FIELD, "run"])
        yield from text_errors(self.raw_text, 0, RAW_TEXT_MAX_CHARS, [FIELD, "raw_text"])
        yield from range_errors(self, RANGES, [FIELD])
        if self.sampling_parameters is not None:
            yield from range_errors(self.sampling_parameters, SAMPLING_RANGES, [FIELD, SAMPLING])


def range_errors(
    given: msgspec.Struct, ranges: Mapping[str, tuple[float, float]], path: Sequence[PathPart]
) -> Iterator[BadUserInput]:
    """Yields the errors of numbers out of their ranges."""
    for name, (low, high) in ranges.items():
        value = getattr(given, name)
        if value is not None and not low <= value <= high:
            yield BadUserInput(f"{name} must be between {low:,} and {high:,}; it is {value}.", [*path, name])
