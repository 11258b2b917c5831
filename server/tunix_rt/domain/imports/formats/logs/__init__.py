"""Formats of logs that evaluations, trainers and agents write."""
