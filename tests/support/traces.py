"""Requests for the tests of the API, and readers of the responses."""

from __future__ import annotations

from typing import Any

import pytest

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests that do not depend on the database: once is enough."""

CREATE_TRACES = """
mutation ($input: CreateTracesInput!) {
  createTraces(input: $input) {
    createdCount
    traces { id uuid prompt externalId createdAt }
    errors { code message path }
  }
}
"""
CREATE_TRACE = """
mutation ($input: CreateTraceInput!) {
  createTrace(input: $input) { trace { id uuid prompt finalAnswer } errors { code message path } }
}
"""
CREATE_SCORE = """
mutation ($input: CreateScoreInput!) {
  createScore(input: $input) {
    score { id uuid scorer scorerVersion kind score rationale details stepIndex trace { id } }
    errors { code message path }
  }
}
"""
CREATE_SCORES = """
mutation ($input: CreateScoresInput!) {
  createScores(input: $input) {
    createdCount
    scores { uuid scorer scorerVersion kind score stepIndex rationale details scoredAt trace { externalId } }
    errors { code message path }
  }
}
"""
CREATE_DATASET = """
mutation ($input: CreateDatasetInput!) {
  createDataset(input: $input) { dataset { id uuid key traceCount sha256 } errors { code message path } }
}
"""
SCORE_TRACES = """
mutation ($input: ScoreTracesInput!) {
  scoreTraces(input: $input) {
    scoredCount
    matchedCount
    skippedCount
    missingUuids
    remainingCount
    lastId
    scores { scorer scorerVersion kind score details stepIndex trace { id } }
    errors { code message path }
  }
}
"""
DELETE_TRACES = """
mutation ($input: DeleteTracesInput!) {
  deleteTraces(input: $input) { deletedCount matchedCount missingUuids errors { code message path } }
}
"""
COUNT_TRACES = "{ traces { totalCount } }"
COUNT_SCORES = "{ scores { totalCount } }"

UNKNOWN_UUID = "01890a5d-ac96-774b-bcce-b302099a8057"


def trace_input(prompt: str = "What is 2 + 2?", **fields: Any) -> dict[str, Any]:
    """Returns a valid trace as mutations take it, with the given fields."""
    given = {
        "prompt": prompt,
        "finalAnswer": "4",
        "steps": [{"type": "reasoning", "content": "Two and two"}, {"type": "reasoning", "content": "make four."}],
    }
    return given | fields


def native_trace(prompt: str = "What is 2 + 2?", **fields: Any) -> dict[str, Any]:
    """A good trace in the native format."""
    given = {
        "trace_version": "1.0",
        "prompt": prompt,
        "final_answer": "4",
        "steps": [{"i": 0, "type": "reasoning", "content": "Two and two make four."}],
    }
    return given | fields


def data_of(body: dict[str, Any]) -> dict[str, Any]:
    """The data of an answer without errors."""
    assert "errors" not in body, body["errors"]
    data: dict[str, Any] = body["data"]
    return data


def error_of(body: dict[str, Any]) -> dict[str, Any]:
    """The only top-level error of an answer, which is coded and has the request's id."""
    assert len(body["errors"]) == 1, body
    error: dict[str, Any] = body["errors"][0]
    assert error["extensions"]["requestId"]
    return error


def code_of(body: dict[str, Any]) -> str:
    """The code of an answer's only top-level error."""
    code: str = error_of(body)["extensions"]["code"]
    return code


def user_error_of(payload: dict[str, Any]) -> dict[str, Any]:
    """The only error that a mutation's payload reports."""
    assert len(payload["errors"]) == 1, payload["errors"]
    error: dict[str, Any] = payload["errors"][0]
    return error


def repeated(text: str, length: int) -> str:
    """A text of exactly ``length`` code points."""
    return (text * (length // len(text) + 1))[:length]
