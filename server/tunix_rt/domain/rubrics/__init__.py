"""Rubrics: the criteria by which reviewers score traces.

In addition to the files that every noun may have:

    rubric  a rubric and its limits
"""
