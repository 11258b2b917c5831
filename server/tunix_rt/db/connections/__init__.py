"""Engines and connections: how each database is opened, and what is tried before it is trusted."""
