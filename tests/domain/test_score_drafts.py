"""Scores before they are stored: the limits of each field, and when two of them are the same score."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tunix_rt.domain.scores.draft import (
    DETAILS_MAX_BYTES,
    RATIONALE_MAX_CHARS,
    SCORER_MAX_CHARS,
    SCORES_MAX,
    GivenScore,
    KnownScores,
    ScoreDraft,
    ScoreKind,
    check_details,
    check_score,
    check_score_draft,
    check_step,
    scores_errors,
)
from tunix_rt.errors import BadUserInput

AT = datetime(2026, 11, 29, 12, 0, 0, 1, tzinfo=UTC)
CIVIL = timezone(timedelta(hours=5))


def given(**fields: Any) -> GivenScore:
    """Returns a person's score, with some other fields."""
    usual: dict[str, Any] = {"scorer": "ada", "kind": ScoreKind.HUMAN, "score": 1.0}
    return GivenScore(**(usual | fields))


WIDEST: dict[str, Any] = {
    "scorer": "s" * SCORER_MAX_CHARS,
    "scorer_version": "v" * SCORER_MAX_CHARS,
    "rationale": "r" * RATIONALE_MAX_CHARS,
    "details": {"a": "x" * (DETAILS_MAX_BYTES - len('{"a":""}'))},
    "scored_at": datetime.max.replace(tzinfo=UTC),
    "score": -1.7e308,
}
BEYOND: dict[str, tuple[dict[str, Any], str]] = {
    "a long scorer": ({"scorer": "s" * (SCORER_MAX_CHARS + 1)}, "scorer"),
    "no scorer": ({"scorer": ""}, "scorer"),
    "a long version": ({"scorer_version": "v" * (SCORER_MAX_CHARS + 1)}, "scorerVersion"),
    "no version": ({"scorer_version": ""}, "scorerVersion"),
    "no number": ({"score": float("nan")}, "score"),
    "an infinite score": ({"score": float("-inf")}, "score"),
    "a long rationale": ({"rationale": "r" * (RATIONALE_MAX_CHARS + 1)}, "rationale"),
    "an empty rationale": ({"rationale": ""}, "rationale"),
    "NUL in details": ({"details": {"a": ["\0"]}}, "details"),
    "details that are not an object": ({"details": [1]}, "details"),
    "a time before the first year": ({"scored_at": datetime.min.replace(tzinfo=CIVIL)}, "scored_at"),
}


SMALLEST: dict[str, Any] = {"scorer": "s", "scorer_version": "v", "rationale": "r", "details": {}, "score": 0}


@pytest.mark.parametrize("fields", [WIDEST, SMALLEST], ids=["widest", "smallest"])
def test_a_score_of_the_widest_and_the_smallest_fields_is_accepted(fields: dict[str, Any]):
    check_score(given(**fields))


@pytest.mark.parametrize("name", BEYOND)
def test_a_field_beyond_its_limit_is_named(name: str):
    fields, place = BEYOND[name]
    with pytest.raises(BadUserInput) as caught:
        check_score(given(**fields))

    assert caught.value.path[0] == place


def test_the_size_of_details_is_that_of_their_json():
    with pytest.raises(BadUserInput, match=f"at most {DETAILS_MAX_BYTES} bytes as JSON; they have {65_537}"):
        check_details({"a": "x" * (DETAILS_MAX_BYTES - 7)})


def test_only_this_server_gives_scores_of_code():
    draft = ScoreDraft(scorer="a", kind=ScoreKind.CODE, score=1.0, trace_id=uuid.uuid4())
    with pytest.raises(BadUserInput, match="reserved") as caught:
        check_score_draft(draft)

    assert caught.value.path == ("kind",)
    check_score_draft(ScoreDraft(scorer="a", kind=ScoreKind.MODEL, score=1.0, trace_id=uuid.uuid4()))


def test_the_scored_step_is_one_of_the_trace():
    check_step(None, {0, 2})
    check_step(2, {0, 2})
    with pytest.raises(BadUserInput, match="no step with index 1") as caught:
        check_step(1, {0, 2})

    assert caught.value.path == ("stepIndex",)


def test_the_first_error_of_each_score_of_a_trace_is_reported_at_its_place():
    scores = [given(), given(score=float("nan"), scorer=""), given(step_index=7), given(scorer_version="")]
    errors = list(scores_errors(scores, {0}))

    assert [tuple(error.path) for error in errors] == [
        ("scores", 1, "scorer"),
        ("scores", 2, "step_index"),
        ("scores", 3, "scorer_version"),
    ]


def test_the_number_of_a_traces_scores_is_bounded():
    assert list(scores_errors([given()] * SCORES_MAX, ())) == []
    (error,) = scores_errors([given(scorer="")] * (SCORES_MAX + 1), ())

    assert error.message == "scores must have at most 10000 elements; it has 10001."


@pytest.mark.parametrize(
    "fields",
    [
        {"scorer": "bob"},
        {"scorer_version": "2"},
        {"kind": ScoreKind.MODEL},
        {"step_index": 0},
        {"score": 0.5},
        {"rationale": "why"},
        {"details": {"a": 1}},
        {"scored_at": AT},
    ],
    ids=str,
)
def test_scores_that_differ_in_one_field_are_different(fields: dict[str, Any]):
    known = KnownScores()
    known.add(given())

    assert known.has(given())
    assert not known.has(given(**fields))
    known.add(given(**fields))
    assert known.has(given(**fields))


def test_a_score_without_a_time_is_known_by_one_with_a_time():
    known = KnownScores()
    known.add(given(scored_at=AT))

    assert known.has(given())
    assert known.has(given(scored_at=AT.astimezone(CIVIL)))
    assert not known.has(given(scored_at=AT + timedelta(microseconds=1)))


def test_equal_values_are_one_however_they_are_written():
    known = KnownScores()
    known.add(given(score=0, details={"a": 1, "b": 2}))

    assert known.has(given(score=-0.0, details={"b": 2, "a": 1}))
