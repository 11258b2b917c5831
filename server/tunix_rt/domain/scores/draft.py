"""Scores from models and people, and their limits, before they are stored."""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tunix_rt.domain.text import clip, json_errors, path_text, require_text
from tunix_rt.errors import BadUserInput, PathPart, TunixRtError, within

SCORER_MAX_CHARS = 64
RATIONALE_MAX_CHARS = 20_000
DETAILS_MAX_BYTES = 65_536
SCORES_MAX = 10_000
"""The maximum number of scores that are stored together with a trace."""


class ScoreKind(Enum):
    """The origin of a score."""

    CODE = "CODE"
    MODEL = "MODEL"
    HUMAN = "HUMAN"


class GivenScore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A score from a model or a person, for a trace that is known from the context.

    Args:
        step_index: the index of the scored step; None for the whole trace.
        score: any finite number, on the scorer's scale.
        scored_at: the time of scoring; None for the time of storing.
    """

    scorer: str
    kind: ScoreKind
    score: float
    scorer_version: str = "1"
    step_index: int | None = None
    rationale: str | None = None
    details: Mapping[str, Any] | None = None
    scored_at: Annotated[datetime, Meta(tz=True)] | None = None


class ScoreDraft(GivenScore, frozen=True, kw_only=True):
    """A person's or a model's score of a stored trace."""

    trace_id: uuid.UUID


class KnownScores:
    """The scores of one trace, to detect duplicates.

    A score is known if there is one with the same scorer, version, kind, step, value, rationale and details, and with
    the same time if the score has one.
    """

    def __init__(self) -> None:
        self._timeless: set[bytes] = set()
        self._timed: set[bytes] = set()

    def add(self, score: GivenScore) -> None:
        """Adds a score."""
        self._timed.add(identity(score))
        self._timeless.add(identity(msgspec.structs.replace(score, scored_at=None)))

    def has(self, score: GivenScore) -> bool:
        """Returns whether a score is known."""
        return identity(score) in (self._timeless if score.scored_at is None else self._timed)


def identity(score: GivenScore) -> bytes:
    """Returns a key that equal scores share."""
    at = score.scored_at
    comparable = msgspec.structs.replace(
        score, score=float(score.score) + 0.0, scored_at=None if at is None else at.astimezone(UTC)
    )
    return msgspec.json.encode(comparable, order="deterministic")


def check_score_draft(draft: ScoreDraft) -> None:
    """Checks everything that does not need the database.

    Raises:
        BadUserInput: a field is invalid; the message names it and its limit.
    """
    check_kind(draft.kind)
    check_score(draft)


def check_kind(kind: ScoreKind) -> None:
    """Refuses the kind CODE, which is reserved for the server's scorers; raises as ``check_score_draft`` does."""
    if kind is ScoreKind.CODE:
        raise BadUserInput(
            "kind CODE is reserved for the server's scorers; use scoreTraces, or the kind MODEL or HUMAN.", ["kind"]
        )


def check_score(given: GivenScore, version_field: str = "scorerVersion") -> None:
    """Checks the limits of each field; raises as ``check_score_draft`` does.

    Args:
        version_field: the name of the field for the scorer's version in the input.
    """
    require_text(given.scorer, 1, SCORER_MAX_CHARS, ["scorer"])
    require_text(given.scorer_version, 1, SCORER_MAX_CHARS, [version_field])
    if not math.isfinite(given.score):
        raise BadUserInput("score must be a finite number.", ["score"])
    if given.rationale is not None:
        require_text(given.rationale, 1, RATIONALE_MAX_CHARS, ["rationale"])
    if given.details is not None:
        check_details(given.details)
    if given.scored_at is not None:
        check_instant(given.scored_at, ["scored_at"])


def check_instant(at: datetime, path: Sequence[PathPart]) -> None:
    """Checks that an aware time can be converted to UTC, which fails near the first and the last year.

    Raises:
        BadUserInput: the time in UTC is out of the range of years.
    """
    try:
        at.astimezone(UTC)
    except OverflowError:
        raise BadUserInput(f"{path_text(path)} must be in the years 1 to 9999 of UTC.", path) from None


def check_details(details: Any) -> None:
    """Checks that details are a JSON object within the size limit; raises as ``check_score_draft`` does."""
    if not isinstance(details, dict):
        raise BadUserInput("details must be an object.", ["details"])
    for error in json_errors(details, ("details",)):
        raise error
    size = len(msgspec.json.encode(details))
    if size > DETAILS_MAX_BYTES:
        raise BadUserInput(
            f"details must have at most {DETAILS_MAX_BYTES} bytes as JSON; they have {size}.", ["details"]
        )


def scores_errors(given: Sequence[GivenScore], indexes: Collection[int]) -> Iterator[TunixRtError]:
    """Yields the first error of each score that is stored with a trace.

    Args:
        indexes: the indexes of the trace's steps.
    """
    if len(given) > SCORES_MAX:
        yield BadUserInput(f"scores must have at most {SCORES_MAX} elements; it has {len(given)}.", ["scores"])
        return
    for position, score in enumerate(given):
        try:
            check_score(score, "scorer_version")
            check_step(score.step_index, indexes, "step_index")
        except BadUserInput as error:
            yield within(("scores", position), error)


def check_step(index: int | None, indexes: Collection[int], field: str = "stepIndex") -> None:
    """Checks that a trace has the scored step.

    Raises:
        BadUserInput: it does not.
    """
    if index is not None and index not in indexes:
        raise BadUserInput(f"The trace has no step with index {clip(str(index))}.", [field])
