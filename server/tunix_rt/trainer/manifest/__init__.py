"""The manifest: its sections, their bounds and how it is read."""
