"""The async client, the source of both: ``codegen/sync.py`` makes the sync one from it."""
