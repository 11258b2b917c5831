"""Authentication of requests, and the paths that need an API key."""
