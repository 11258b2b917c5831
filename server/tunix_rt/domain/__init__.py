"""The rules, as plain functions of a session and values; independent of GraphQL, HTTP and jobs."""
