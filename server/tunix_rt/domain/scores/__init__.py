"""Scores: what one is and how scores are stored."""
