"""Authentication of requests, sign-ins of browsers, and the paths that need an API key."""
