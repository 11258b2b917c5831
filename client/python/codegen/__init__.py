"""Generates documents and records from the client's operations, and the sync client from the async one."""
