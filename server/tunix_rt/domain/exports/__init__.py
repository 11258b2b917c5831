"""Exports: their life, their sources and the files they become."""
