"""Relay's conventions: global ids, connections, and lists of one noun in three lines."""
