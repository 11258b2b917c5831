"""The output of a run: exported weights, adapters and the model card."""
