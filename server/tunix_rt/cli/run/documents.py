"""The operations on runs."""

from tunix_rt.cli.client.documents import change_document, delete_document, list_document, state_document

FIELDS = """
fragment RunFields on Run {
  id uuid outputName status statusReason mode method datasetKey modelId attempt progress createdAt startedAt completedAt
  durationSeconds exitCode tags
  trainingProgress { step totalSteps epoch etaSeconds }
  latestMetrics { name step value kind }
  error { code message }
}
"""
LIST = list_document("Run", "...RunFields replayOf { uuid outputName }", FIELDS)
SHOW = (
    """
query ($id: ID!) {
  run(id: $id) {
    ...RunFields
    evalDataset { key } engine maxAttempts cancelRequested notes parameters manifest stdout stderr
    attempts { attempt status startedAt completedAt reason }
    replayOf { uuid outputName }
    replay { verdict step differences { path original replay } }
  }
}
"""
    + FIELDS
)
STATE = state_document("Run", "{status: {eq: RUNNING}, mode: {eq: TRAIN}}", "config { labels }")
EVENTS = """
subscription ($id: ID!, $after: Int!) {
  runEvents(id: $id, after: $after) {
    __typename seq at attempt
    ... on RunState { status reason progress trainingProgress { step totalSteps etaSeconds } }
    ... on RunLogLine { stream text }
    ... on RunMetricPoint { name step value kind }
  }
}
"""
LOGS = """
query ($id: ID!, $where: RunLogLineWhere, $first: Int, $after: String) {
  run(id: $id) {
    logs(where: $where, first: $first, after: $after) {
      nodes { seq at attempt stream text }
      pageInfo { hasNextPage endCursor }
      totalCount
    }
  }
}
"""
METRICS = """
query ($id: ID!, $names: [String!], $fromStep: Int!, $toStep: Int, $maxPoints: Int!) {
  run(id: $id) {
    metrics(names: $names, fromStep: $fromStep, toStep: $toStep, maxPoints: $maxPoints) {
      name steps values kinds pointCount
    }
  }
}
"""
COMPARE = """
query ($ids: [ID!]!) {
  compareRuns(ids: $ids) {
    runs { uuid outputName status datasetKey modelId latestMetrics { name step value kind } }
    differences { field values }
  }
}
"""
START = (
    """
mutation ($input: StartRunInput!) {
  startRun(input: $input) {
    run { ...RunFields stdout stderr } persisted warnings errors { code message path }
  }
}
"""
    + FIELDS
)
REPLAY = (
    """
mutation ($input: ReplayRunInput!) {
  replayRun(input: $input) { run { ...RunFields } errors { code message path } }
}
"""
    + FIELDS
)
REPORTED = "run { id uuid outputName status engine lastBatch lastReportAt } errors { code message path }"
LAST_BATCH = "query ($id: ID!) { run(id: $id) { id lastBatch } }"
REGISTER = f"mutation ($input: RegisterRunInput!) {{ registerRun(input: $input) {{ {REPORTED} }} }}"
APPEND = f"mutation ($input: AppendRunEventsInput!) {{ appendRunEvents(input: $input) {{ {REPORTED} }} }}"
FINISH = f"mutation ($input: FinishRunInput!) {{ finishRun(input: $input) {{ {REPORTED} }} }}"
CANCEL = change_document("cancel", "Run", "id uuid outputName status cancelRequested")
RETRY = change_document("retry", "Run", "id uuid outputName status")
DELETE = delete_document("Run")
