# Generated from _async/__init__.py: edit that file, then run python client/python/codegen/generate.py.
"""The client, the source of both: ``codegen/sync.py`` makes the sync one from it."""
