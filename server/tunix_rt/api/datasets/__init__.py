"""Datasets in the schema.

Besides the files that every noun may have:

    recipes       recipes and statistics, as types
    verification  the results of `verifyDataset` and `datasetOverlap`
"""
