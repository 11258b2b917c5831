"""Datasets: frozen selections of traces that can be rebuilt and verified.

In addition to the files that every noun may have:

    building      reads a selection and stores it as members
    lookup        finds datasets by key or UUID
    direct        chooses between building in the request and in a job
    sampling      the order in which traces become members, by strategy
    keys          keys of the form name-version
    members       members between selection and storage
    recipes       the stored recipe
    splitting     splits by prompt
    stats         statistics, collected in one pass
    verification  compares a dataset with its recipe and its members
"""
