"""The GraphQL API: resolvers translate between the schema and the domain, which has the logic."""
