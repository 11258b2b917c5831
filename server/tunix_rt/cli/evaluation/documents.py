"""The operations on evaluations."""

FIELDS = """
fragment EvaluationFields on Evaluation {
  id uuid name status progress datasetKey scorer promptCount samplesPerPrompt seed attempt
  createdAt startedAt completedAt
  error { code message }
}
"""
LIST = (
    """
query ($where: EvaluationWhere, $orderBy: [EvaluationOrder!], $first: Int, $after: String) {
  evaluations(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes { ...EvaluationFields }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}
"""
    + FIELDS
)
SHOW = (
    """
query ($id: ID!) {
  evaluation(id: $id) {
    ...EvaluationFields
    candidates(first: 20) {
      nodes { uuid name kind modelId mean low high promptCount answerCount unscoredCount tokenCount }
    }
    pairs(first: 190) {
      nodes {
        uuid a { name } b { name } difference low high test pValue pHolm significant promptCount
        winCount lossCount tieCount bothWrongCount detectableDifference promptsNeeded
      }
    }
  }
}
"""
    + FIELDS
)
STATE = """
query ($id: ID!) {
  job: evaluation(id: $id) { status }
  running: evaluations(where: {status: {eq: RUNNING}}, first: 0) { totalCount }
}
"""
EVENTS = """
subscription ($id: ID!, $after: Int!) {
  evaluationEvents(id: $id, after: $after) { seq at attempt status progress reason }
}
"""
CREATE = (
    """
mutation ($input: CreateEvaluationInput!) {
  createEvaluation(input: $input) { evaluation { ...EvaluationFields } warnings errors { code message path } }
}
"""
    + FIELDS
)
CANCEL = """
mutation ($input: CancelEvaluationInput!) {
  cancelEvaluation(input: $input) { evaluation { id uuid status } errors { code message path } }
}
"""
RETRY = """
mutation ($input: RetryEvaluationInput!) {
  retryEvaluation(input: $input) { evaluation { id uuid status } errors { code message path } }
}
"""
DELETE = """
mutation ($input: DeleteEvaluationInput!) {
  deleteEvaluation(input: $input) { deletedUuid errors { code message path } }
}
"""
LEADERBOARD = """
query ($datasetId: ID!, $scorer: String!) {
  leaderboard(datasetId: $datasetId, scorer: $scorer) {
    entries {
      bestRank worstRank groups
      candidate { uuid name kind modelId mean low high promptCount answerCount evaluation { name } }
    }
  }
}
"""
