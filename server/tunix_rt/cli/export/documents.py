"""The operations on exports."""

FIELDS = """
fragment ExportFields on Export {
  id uuid status progress format container dataset { key } rowCount missingCount skippedCount byteSize sha256 fileName
  warnings attempt createdAt startedAt completedAt expiresAt
  error { code message }
}
"""
LIST = (
    """
query ($where: ExportWhere, $orderBy: [ExportOrder!], $first: Int, $after: String) {
  exports(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes { ...ExportFields }
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
  export(id: $id) { ...ExportFields downloadUrl }
}
"""
    + FIELDS
)
STATE = """
query ($id: ID!) {
  job: export(id: $id) { status }
  running: exports(where: {status: {eq: RUNNING}}, first: 0) { totalCount }
}
"""
EVENTS = """
subscription ($id: ID!, $after: Int!) {
  exportEvents(id: $id, after: $after) { seq at attempt status progress rowCount byteSize reason }
}
"""
START = (
    """
mutation ($input: StartExportInput!) {
  startExport(input: $input) { export { ...ExportFields } errors { code message path } }
}
"""
    + FIELDS
)
