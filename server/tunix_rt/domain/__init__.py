"""The domain's rules: plain functions of a session and values, independent of GraphQL, HTTP and jobs."""
