"""The rules, as plain functions of a session and values. Knows nothing of GraphQL, HTTP or jobs."""
