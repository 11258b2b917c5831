"""Datasets in the schema.

Modules beyond the usual ones of a noun:

    recipes       recipes and statistics, as types
    verification  the results of `verifyDataset` and `datasetOverlap`
"""
