# Generated from _async/methods/__init__.py: edit that file, then run python client/python/codegen/generate.py.
"""The methods of the client, a file a noun."""
