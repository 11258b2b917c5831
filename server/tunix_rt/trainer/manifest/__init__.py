"""The manifest: its sections, their bounds and its parser."""
