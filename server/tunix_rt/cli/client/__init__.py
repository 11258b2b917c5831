"""GraphQL operations of commands, executed on the local database or by a server."""
