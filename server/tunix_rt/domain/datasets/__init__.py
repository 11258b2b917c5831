"""Datasets: recipes, building, members, splits, statistics and verification."""
