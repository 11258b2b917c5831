"""From records to token batches."""
