"""HTTP: GraphQL's transport, the ingest route, downloads, health, metrics, pages, and the guard of all routes."""
