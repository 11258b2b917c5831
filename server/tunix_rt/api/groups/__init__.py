"""Groups of traces in the schema.

Modules beyond the usual ones of a noun:

    loading  the statistics and texts of a page's groups
    summary  `traceGroupSummary`: many groups in a few numbers
"""
