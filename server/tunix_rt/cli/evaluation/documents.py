"""The operations on evaluations."""

from tunix_rt.cli.client.documents import change_document, delete_document, list_document, state_document

FIELDS = """
fragment EvaluationFields on Evaluation {
  id uuid name status progress datasetKey scorer promptCount samplesPerPrompt seed attempt
  createdAt startedAt completedAt
  error { code message }
}
"""
LIST = list_document("Evaluation", "...EvaluationFields", FIELDS)
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
        promptCount winCount lossCount tieCount bothWrongCount detectableDifference promptsNeeded
      }
    }
  }
}
"""
    + FIELDS
)
STATE = state_document("Evaluation")
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
CANCEL = change_document("cancel", "Evaluation")
RETRY = change_document("retry", "Evaluation")
DELETE = delete_document("Evaluation")
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
