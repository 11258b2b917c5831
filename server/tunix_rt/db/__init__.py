"""The database: engines, sessions, column types, paging, and the tables."""
