"""The HTTP rooms: GraphQL's transport, the ingest route, health, pages, and what guards them all."""
