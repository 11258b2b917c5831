"""Engines and connections to SQLite and PostgreSQL."""
