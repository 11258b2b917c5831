"""Datasets in the schema.

recipes       recipes and statistics, as types
verification  the results of `verifyDataset` and `datasetOverlap`
"""
