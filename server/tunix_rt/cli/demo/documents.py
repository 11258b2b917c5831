"""The GraphQL operations of the demo, each with one field."""

STATUS = "{ tunixStatus { available message installCommand } }"
SCORE = """
mutation ($where: TraceWhere) {
  scoreTraces(input: {where: $where, scorer: "answer_match", onlyMissing: true}) { scoredCount errors { message } }
}
"""
CREATE_DATASET = """
mutation ($input: CreateDatasetInput!) {
  createDataset(input: $input) { dataset { id key traceCount } errors { message } }
}
"""
SPLIT = """
mutation ($input: SplitDatasetInput!) {
  splitDataset(input: $input) { datasets { id key traceCount } errors { message } }
}
"""
OVERLAP = "query ($a: ID!, $b: ID!) { datasetOverlap(a: $a, b: $b) { sharedPrompts } }"
START_RUN = (
    "mutation ($input: StartRunInput!) { startRun(input: $input) { run { id uuid outputName } errors { message } } }"
)
START_GENERATION = """
mutation ($input: StartGenerationInput!) {
  startGeneration(input: $input) { generation { id uuid } errors { message } }
}
"""
CREATE_EVALUATION = """
mutation ($input: CreateEvaluationInput!) {
  createEvaluation(input: $input) { evaluation { id uuid } errors { message } }
}
"""
JOB = """
query ($id: ID!) {
  node(id: $id) {
    ... on Job { status progress error { message } }
    ... on Run { latestMetrics { name value } }
  }
}
"""
RESULT = """
query ($id: ID!) {
  node(id: $id) {
    ... on Evaluation {
      candidates(first: 10) { nodes { name mean low high promptCount answerCount } }
      pairs(first: 1) { nodes { difference low high pValue winCount lossCount tieCount bothWrongCount } }
    }
  }
}
"""
