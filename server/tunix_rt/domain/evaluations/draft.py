"""The request for an evaluation: its candidates, and its limits."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunix_rt.db.models.evaluations import CandidateKind
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.global_ids import identity_errors
from tunix_rt.domain.text import quantity, text_errors
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import BadUserInput, PathPart, ValidationErrors
from tunix_rt.trainer.contract import RUN_PREFIX

NAME_MAX_CHARS = 128
CANDIDATES_MAX = 20
SAMPLES_MAX = 64
SEED_MAX = 2**63 - 1
DEFAULT_SAMPLING = GenerationOptions()


@dataclass(frozen=True)
class CandidateDraft:
    """A candidate: its name, and exactly one origin of its answers.

    Args:
        selection: the filter that selects them.
        generation_id: the generation that gives them.
        run_id: the run whose model is to give them.
        model_id: the model that is to give them; ``run:NAME`` for a run's model.
        checkpoint_step: the step of the run's checkpoint that is to give them; None for its exported model.
    """

    name: str
    selection: TraceSelection | None = None
    generation_id: uuid.UUID | None = None
    run_id: uuid.UUID | None = None
    model_id: str | None = None
    checkpoint_step: int | None = None

    @property
    def kind(self) -> CandidateKind:
        """Returns where the answers come from."""
        if self.selection is not None:
            return CandidateKind.FILTER
        if self.generation_id is not None:
            return CandidateKind.GENERATION
        is_run = self.run_id is not None or (self.model_id or "").startswith(RUN_PREFIX)
        return CandidateKind.RUN if is_run else CandidateKind.MODEL


@dataclass(frozen=True)
class EvaluationDraft:
    """The request for an evaluation.

    Args:
        samples_per_prompt: the maximum number of answers to a prompt that count, the newest ones; None for all.
        seed: the seed of the resampling, and of the answers that are to be generated.
        sampling: the options by which answers are generated; those of this request, such as the seed, replace its own.
    """

    name: str
    dataset_id: uuid.UUID
    scorer: str
    candidates: Sequence[CandidateDraft]
    samples_per_prompt: int | None
    seed: int
    sampling: GenerationOptions = DEFAULT_SAMPLING

    def check(self) -> None:
        """Checks the values that need no database.

        Raises:
            ValidationErrors: some are out of their limits.
        """
        if errors := [*self._errors(), *name_errors([one.name for one in self.candidates])]:
            raise ValidationErrors(errors)

    def _errors(self) -> Iterator[BadUserInput]:
        yield from text_errors(self.name, 1, NAME_MAX_CHARS, ["name"])
        yield from identity_errors(self.name, ["name"])
        count = len(self.candidates)
        if not 1 <= count <= CANDIDATES_MAX:
            yield BadUserInput(f"candidates must have 1 to {CANDIDATES_MAX} elements; it has {count}.", ["candidates"])
        samples = self.samples_per_prompt
        if samples is not None and not 1 <= samples <= SAMPLES_MAX:
            yield BadUserInput(
                f"samplesPerPrompt must be between 1 and {SAMPLES_MAX}; it is {samples}.", ["samplesPerPrompt"]
            )
        if not 0 <= self.seed <= SEED_MAX:
            yield BadUserInput(f"seed must be between 0 and {SEED_MAX}; it is {self.seed}.", ["seed"])


def name_errors(names: Sequence[str]) -> Iterator[BadUserInput]:
    """Yields the errors of the candidates' names, which must be unique."""
    for position, name in enumerate(names):
        path: list[PathPart] = ["candidates", position, "name"]
        yield from text_errors(name, 1, NAME_MAX_CHARS, path)
        if name in names[:position]:
            yield BadUserInput(f"A candidate's name must be unique; candidates[{names.index(name)}] also has it.", path)


def no_answers_error(name: str, prompts: int) -> BadUserInput:
    """Returns the error of a candidate without an answer to any prompt of the dataset."""
    return BadUserInput(
        f"The candidate {name!r} has no answer to any of the dataset's {quantity(prompts, 'prompt')}.", ["candidates"]
    )
