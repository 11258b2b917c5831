"""The operations on exports."""

from tunix_rt.cli.client.documents import change_document, delete_document, list_document, state_document

FIELDS = """
fragment ExportFields on Export {
  id uuid status progress format container dataset { key } rowCount missingCount skippedCount byteSize sha256 fileName
  warnings attempt createdAt startedAt completedAt expiresAt
  error { code message }
}
"""
LIST = list_document("Export", "...ExportFields", FIELDS)
SHOW = (
    """
query ($id: ID!) {
  export(id: $id) { ...ExportFields downloadUrl }
}
"""
    + FIELDS
)
STATE = state_document("Export")
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
CANCEL = change_document("cancel", "Export")
RETRY = change_document("retry", "Export")
DELETE = delete_document("Export")
