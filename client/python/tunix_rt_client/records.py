"""The records that the client returns: structs with the fields of the schema in Python's spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from tunix_rt_client._generated.records import FailedScoring, TraceFields
from tunix_rt_client.display import card

Record = TypeVar("Record", bound=msgspec.Struct)


def as_record(value: Mapping[str, Any], type_: type[Record]) -> Record:
    """Returns the struct of a JSON object; unknown fields are ignored."""
    return msgspec.convert(value, type_, strict=False)


class Trace(TraceFields, kw_only=True, rename="camel"):
    """A reasoning trace: prompt, steps and final answer, with its latest scores."""

    def score_by(self, scorer: str) -> float | None:
        """Returns the latest score of the whole trace by a scorer, or None if there is none."""
        found = [score.score for score in self.latest_scores if score.scorer == scorer and score.step_index is None]
        return found[0] if found else None

    def _repr_html_(self) -> str:
        steps = [(f"{step.index} · {step.type}", step.content) for step in self.steps]
        scores = ", ".join(f"{score.scorer} {score.score:.4g}" for score in self.latest_scores)
        rows = [("Prompt", self.prompt), *steps, ("Final answer", self.final_answer)]
        rows += [("Reference answer", self.reference_answer)] if self.reference_answer is not None else []
        return card(f"Trace {self.uuid}", [*rows, ("Scores", scores or "none")])


@dataclass
class ScoringReport:
    """The outcome of scoring traces.

    Args:
        scored: traces that were scored.
        skipped: traces that had a score already.
        unscored: traces that the scorer cannot score, such as those without a reference answer.
        failed: traces for which the scorer failed.
        failures: the first of them, up to 100 of each request, with the reasons.
    """

    scored: int = 0
    skipped: int = 0
    unscored: int = 0
    failed: int = 0
    failures: list[FailedScoring] = field(default_factory=list, repr=False)
