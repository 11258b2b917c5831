"""The operations on traces."""

LIST = """
query ($where: TraceWhere, $orderBy: [TraceOrder!], $first: Int, $after: String) {
  traces(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      id uuid createdAt source externalId group stepCount charCount promptPreview finalAnswerPreview
      latestScores { scorer score }
    }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}
"""
SHOW = """
query ($id: ID, $source: String, $externalId: String) {
  trace(id: $id, source: $source, externalId: $externalId) {
    id uuid createdAt traceVersion source externalId group referenceAnswer stepCount charCount promptHash contentHash
    prompt steps { index type content } finalAnswer meta
    latestScores { scorer scorerVersion kind score stepIndex rationale scoredAt }
  }
}
"""
DELETE = """
mutation ($input: DeleteTracesInput!) {
  deleteTraces(input: $input) { deletedCount matchedCount missingUuids errors { code message path } }
}
"""
