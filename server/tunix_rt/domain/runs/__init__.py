"""Training runs: their life, configuration, manifest, events, metrics and files."""
