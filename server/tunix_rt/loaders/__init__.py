"""The batching layer: rows by id, children by parent, counts. One statement per level, whatever the page size."""
