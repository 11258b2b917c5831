"""The operations on scores."""

SCORE_TRACES = """
mutation ($input: ScoreTracesInput!) {
  scoreTraces(input: $input) {
    scoredCount matchedCount skippedCount unscoredCount failedCount remainingCount lastId missingUuids
    failures { traceUuid code message }
    errors { code message path }
  }
}
"""
DELETE = """
mutation ($input: DeleteScoresInput!) {
  deleteScores(input: $input) { deletedCount matchedCount missingUuids errors { code message path } }
}
"""
LIST = """
query ($where: ScoreWhere, $orderBy: [ScoreOrder!], $first: Int, $after: String) {
  scores(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes { id uuid scorer scorerVersion kind score stepIndex rationale details scoredAt trace { uuid promptPreview } }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}
"""
SCORERS = "{ scorers { name version description low high source unavailableReason } }"
