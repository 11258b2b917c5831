"""What a run leaves behind: exported weights, adapters and the model card."""
