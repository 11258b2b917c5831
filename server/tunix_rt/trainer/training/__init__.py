"""The training loop: optimizer, progress, checkpoints."""
