"""The operations on datasets."""

from tunix_rt.cli.client.documents import change_document, delete_document, list_document, state_document

FIELDS = """
fragment DatasetFields on Dataset {
  id uuid key name version status progress createdAt completedAt traceCount sha256
  parent { key } error { code message }
}
"""
LIST = list_document("Dataset", "...DatasetFields", FIELDS)
SHOW = (
    """
query ($id: ID!) {
  dataset(id: $id) {
    ...DatasetFields
    startedAt attempt buildId sessionId trainingRunId
    stats {
      traceCount avgStepCount minStepCount maxStepCount avgCharCount sourceCount
      sources { source count }
      scores { scorer count mean low high }
    }
    recipe {
      __typename
      ... on SelectionRecipe { where orderBy { field direction } strategy seed limit asOf }
      ... on SplitRecipe { parentKey part parts { name count } promptSeed }
      ... on ImportedRecipe { origin }
    }
  }
}
"""
    + FIELDS
)
CREATE = (
    """
mutation ($input: CreateDatasetInput!) {
  createDataset(input: $input) { dataset { ...DatasetFields } errors { code message path } }
}
"""
    + FIELDS
)
SPLIT = (
    """
mutation ($input: SplitDatasetInput!) {
  splitDataset(input: $input) { datasets { ...DatasetFields } errors { code message path } }
}
"""
    + FIELDS
)
VERIFY = """
mutation ($input: VerifyDatasetInput!) {
  verifyDataset(input: $input) {
    verification {
      intact reproducible sha256 derivedSha256 derivationError newerCount
      counts { kind count }
      changes { kind traceUuid position reason }
    }
    errors { code message path }
  }
}
"""
OVERLAP = """
query ($a: ID!, $b: ID!) {
  datasetOverlap(a: $a, b: $b) { sharedPrompts promptsInA promptsInB sharedTracesInA sharedTracesInB }
}
"""
STATE = state_document("Dataset")
DELETE = delete_document("Dataset")
CANCEL = change_document("cancel", "Dataset")
RETRY = change_document("retry", "Dataset")
