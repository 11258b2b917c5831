"""Access to the schema: the scopes that operations need."""
