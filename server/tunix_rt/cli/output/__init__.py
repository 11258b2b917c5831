"""The output of commands: tables, objects and JSON."""
