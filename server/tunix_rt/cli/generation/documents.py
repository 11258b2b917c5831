"""The operations on generations."""

from tunix_rt.cli.client.documents import change_document, delete_document, list_document, state_document

FIELDS = """
fragment GenerationFields on Generation {
  id uuid status progress modelId checkpointStep dataset { key } samplesPerPrompt promptCount tooLongCount answerCount
  malformedCount tokenCount tokensPerSecond etaSeconds attempt createdAt startedAt completedAt
  error { code message }
}
"""
LIST = list_document("Generation", "...GenerationFields", FIELDS)
SHOW = (
    """
query ($id: ID!) {
  generation(id: $id) {
    ...GenerationFields
    run { uuid outputName } samplingParameters { temperature topP maxNewTokens seed } maxPromptTokens limit
    template customTemplate systemInstruction scorers labels stderr
  }
}
"""
    + FIELDS
)
STATE = state_document("Generation", selection="labels")
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
CANCEL = change_document("cancel", "Generation")
RETRY = change_document("retry", "Generation")
DELETE = delete_document("Generation")
