"""UNGAR: the package's status and games, and the traces of games."""
