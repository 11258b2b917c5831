"""One attempt: its claim on the output folder, its event log, its signals and the checkpoints it finds on disk."""
