"""UNGAR: the package, and its games as traces."""
