"""Tables: files whose rows become traces once it is said which column is which field."""

CSV, PARQUET = "csv", "parquet"
TABLES = (CSV, PARQUET)
"""What imports call them, beside the formats of lines."""
