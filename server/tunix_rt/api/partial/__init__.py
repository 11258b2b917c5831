"""A schema for one query, which a command builds instead of the whole one."""
