"""The server itself in the schema: its health, its limits and the packages beside it."""
