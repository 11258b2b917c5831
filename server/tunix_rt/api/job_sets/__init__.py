"""JobSets in the schema."""
