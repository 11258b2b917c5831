"""The operations on generations."""

FIELDS = """
fragment GenerationFields on Generation {
  id uuid status progress modelId checkpointStep dataset { key } samplesPerPrompt promptCount tooLongCount answerCount
  malformedCount tokenCount tokensPerSecond etaSeconds attempt createdAt startedAt completedAt
  error { code message }
}
"""
LIST = (
    """
query ($where: GenerationWhere, $orderBy: [GenerationOrder!], $first: Int, $after: String) {
  generations(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes { ...GenerationFields }
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
  generation(id: $id) {
    ...GenerationFields
    run { uuid outputName } samplingParameters { temperature topP maxNewTokens seed } maxPromptTokens limit
    template customTemplate systemInstruction scorers stderr
  }
}
"""
    + FIELDS
)
STATE = """
query ($id: ID!) {
  job: generation(id: $id) { status }
  running: generations(where: {status: {eq: RUNNING}}, first: 0) { totalCount }
}
"""
EVENTS = """
subscription ($id: ID!, $after: Int!) {
  generationEvents(id: $id, after: $after) { seq at attempt status progress answerCount tokenCount reason }
}
"""
START = (
    """
mutation ($input: StartGenerationInput!) {
  startGeneration(input: $input) { generation { ...GenerationFields } errors { code message path } }
}
"""
    + FIELDS
)
CANCEL = """
mutation ($input: CancelGenerationInput!) {
  cancelGeneration(input: $input) { generation { id uuid status } errors { code message path } }
}
"""
RETRY = """
mutation ($input: RetryGenerationInput!) {
  retryGeneration(input: $input) { generation { id uuid status } errors { code message path } }
}
"""
DELETE = """
mutation ($input: DeleteGenerationInput!) {
  deleteGeneration(input: $input) { deletedUuid errors { code message path } }
}
"""
