"""The GraphQL face: resolvers translate, the domain decides."""
