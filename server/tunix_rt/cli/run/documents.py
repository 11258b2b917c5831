"""The operations on runs."""

FIELDS = """
fragment RunFields on Run {
  id uuid outputName status statusReason mode method datasetKey modelId attempt progress createdAt startedAt completedAt
  durationSeconds exitCode tags
  trainingProgress { step totalSteps epoch etaSeconds }
  latestMetrics { name step value kind }
  error { code message }
}
"""
LIST = (
    """
query ($where: RunWhere, $orderBy: [RunOrder!], $first: Int, $after: String) {
  runs(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes { ...RunFields }
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
  run(id: $id) {
    ...RunFields
    evalDataset { key } engine maxAttempts cancelRequested notes manifest stdout stderr
    attempts { attempt status startedAt completedAt reason }
    replayOf { uuid outputName }
    replay { verdict step differences { path original replay } }
  }
}
"""
    + FIELDS
)
STATE = """
query ($id: ID!) {
  job: run(id: $id) { status }
  running: runs(where: {status: {eq: RUNNING}, mode: {eq: TRAIN}}, first: 0) { totalCount }
}
"""
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
CANCEL = """
mutation ($input: CancelRunInput!) {
  cancelRun(input: $input) { run { id uuid outputName status cancelRequested } errors { code message path } }
}
"""
RETRY = """
mutation ($input: RetryRunInput!) {
  retryRun(input: $input) { run { id uuid outputName status } errors { code message path } }
}
"""
DELETE = """
mutation ($input: DeleteRunInput!) {
  deleteRun(input: $input) { deletedUuid errors { code message path } }
}
"""
