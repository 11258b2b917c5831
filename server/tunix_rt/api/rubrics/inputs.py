"""Rubric inputs of mutations, and their conversion to the domain's rubrics."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.payloads import KEY
from tunix_rt.domain.rubrics.rubric import (
    CHOICES_MAX,
    CRITERIA_MAX,
    LABEL_MAX_CHARS,
    NAME_MAX_CHARS,
    SCORER_MAX_CHARS,
    Choice,
    Criterion,
    RubricDraft,
    Scale,
)


@strawberry.input(description="A score that a reviewer can choose.")
class RubricChoiceInput:
    value: float = strawberry.field(description="The score, within the scale and unique in it.")
    label: str = strawberry.field(description=f"Label of the button: 1 to {LABEL_MAX_CHARS} characters.")
    key: str = strawberry.field(
        description="Keyboard key that selects the score: one printable character, unique in the scale."
    )


@strawberry.input(description="The range of the scores of a criterion.")
class RubricScaleInput:
    min: float = strawberry.field(description="Lowest score.")
    max: float = strawberry.field(description="Highest score, greater than `min`.")
    choices: list[RubricChoiceInput] | None = strawberry.field(
        default=UNSET,
        description=f"Up to {CHOICES_MAX} scores to choose from. Without any, a reviewer enters a number.",
    )


@strawberry.input(description="A criterion of a rubric.")
class RubricCriterionInput:
    scorer: str = strawberry.field(
        description=f"Name that the scores are stored under (`Score.scorer`): 1 to {SCORER_MAX_CHARS} characters."
    )
    label: str = strawberry.field(description=f"Label of the criterion: 1 to {LABEL_MAX_CHARS} characters.")
    scale: RubricScaleInput = strawberry.field(description="Range of the scores.")
    per_step: bool = strawberry.field(
        default=False, description="Whether each step is scored instead of the whole trace."
    )

    def criterion(self) -> Criterion:
        """Returns the criterion, unchecked."""
        choices = tuple(Choice(one.value, one.label, one.key) for one in given_or_none(self.scale.choices) or ())
        return Criterion(self.scorer, self.label, Scale(self.scale.min, self.scale.max, choices), self.per_step)


@strawberry.input(description="Input of `createRubric`.")
class CreateRubricInput:
    name: str = strawberry.field(
        description=f"Name of the rubric: 1 to {NAME_MAX_CHARS} characters, unique, and not a UUID."
    )
    criteria: list[RubricCriterionInput] = strawberry.field(
        description=f"1 to {CRITERIA_MAX} criteria in the order of review. A scorer occurs at most once for traces and "
        "once for steps."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)

    def draft(self) -> RubricDraft:
        """Returns the rubric, unchecked."""
        return RubricDraft(self.name, tuple(one.criterion() for one in self.criteria))
