"""Groups of traces: samples of one prompt, with their statistics.

Modules beyond the usual ones of a noun:

    grouping    which traces count, and the columns of a group
    reading     pages of groups, and what a page shows of their traces
    answers     the distinct final answers of a group
    statistics  pass@k, mean and variance
    summary     the totals of many groups, and pass@k on average
"""
