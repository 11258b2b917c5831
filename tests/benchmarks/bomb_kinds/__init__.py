"""The bombs, by what they go off in."""
