"""``tunix-rt run jobset``: the manifest by which Kubernetes trains a run."""
