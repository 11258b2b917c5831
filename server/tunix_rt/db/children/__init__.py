"""Children of the rows of a page."""
