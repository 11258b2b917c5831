"""A rubric, which is stored as JSON, and its validation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from tunix_rt.domain.global_ids import identity_errors
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import BadUserInput, PathPart, TunixRtError, ValidationErrors, within

NAME_MAX_CHARS = 120
CRITERIA_MAX = 20
CHOICES_MAX = 9
LABEL_MAX_CHARS = 120
SCORER_MAX_CHARS = 64


class Choice(msgspec.Struct, frozen=True):
    """A score that a reviewer can choose, and the key of the keyboard that chooses it."""

    value: float
    label: str
    key: str


class Scale(msgspec.Struct, frozen=True):
    """The range of a criterion's scores; without choices any number in it can be given."""

    min: float
    max: float
    choices: tuple[Choice, ...] = ()


class Criterion(msgspec.Struct, frozen=True):
    """A criterion; its scores are stored with ``scorer`` as their scorer.

    Args:
        per_step: whether each step is scored instead of the whole trace.
    """

    scorer: str
    label: str
    scale: Scale
    per_step: bool = False


class RubricDraft(msgspec.Struct, frozen=True):
    """A rubric to store."""

    name: str
    criteria: tuple[Criterion, ...]

    def check(self) -> None:
        """Checks the rubric.

        Raises:
            ValidationErrors: all errors, each on its own field.
        """
        errors: list[TunixRtError] = [*text_errors(self.name, 1, NAME_MAX_CHARS, ["name"])]
        errors += [*identity_errors(self.name, ["name"]), *criteria_errors(self.criteria)]
        if errors:
            raise ValidationErrors(errors)


def criteria_errors(criteria: Sequence[Criterion]) -> Iterator[TunixRtError]:
    """Yields the errors of a rubric's criteria."""
    if not 1 <= len(criteria) <= CRITERIA_MAX:
        yield BadUserInput(f"criteria must have 1 to {CRITERIA_MAX} criteria; it has {len(criteria)}.", ["criteria"])
        return
    for position, criterion in enumerate(criteria):
        for error in criterion_errors(criterion):
            yield within(("criteria", position), error)
    subjects = [(criterion.scorer, criterion.per_step) for criterion in criteria]
    for position in repeated_positions(subjects):
        yield BadUserInput("scorer must be unique among the criteria.", ["criteria", position, "scorer"])


def criterion_errors(criterion: Criterion) -> Iterator[BadUserInput]:
    """Yields the errors of one criterion."""
    yield from text_errors(criterion.scorer, 1, SCORER_MAX_CHARS, ["scorer"])
    yield from text_errors(criterion.label, 1, LABEL_MAX_CHARS, ["label"])
    scale = criterion.scale
    if not (math.isfinite(scale.min) and math.isfinite(scale.max) and scale.min < scale.max):
        yield BadUserInput("min must be less than max, and both must be finite.", ["scale", "min"])
    if len(scale.choices) > CHOICES_MAX:
        yield BadUserInput(
            f"choices must have at most {CHOICES_MAX} choices; it has {len(scale.choices)}.", ["scale", "choices"]
        )
        return
    for position, choice in enumerate(scale.choices):
        yield from choice_errors(choice, scale, ("scale", "choices", position))
    for name in ("value", "key"):
        for position in repeated_positions(getattr(choice, name) for choice in scale.choices):
            yield BadUserInput(f"{name} must be unique among the choices.", ["scale", "choices", position, name])


def choice_errors(choice: Choice, scale: Scale, path: tuple[PathPart, ...]) -> Iterator[BadUserInput]:
    """Yields the errors of one choice."""
    if not scale.min <= choice.value <= scale.max:
        yield BadUserInput(f"value must be between min and max; it is {choice.value:g}.", [*path, "value"])
    yield from text_errors(choice.label, 1, LABEL_MAX_CHARS, [*path, "label"])
    if len(choice.key) != 1 or not choice.key.isprintable() or choice.key.isspace():
        yield BadUserInput("key must be one printable character.", [*path, "key"])


def repeated_positions(values: Iterable[object]) -> Iterator[int]:
    """Yields the position of each value that has occurred before."""
    known: set[object] = set()
    for position, value in enumerate(values):
        if value in known:
            yield position
        known.add(value)
