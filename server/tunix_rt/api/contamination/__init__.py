"""Contamination and protected sets in the schema.

In addition to the files that every noun may have:

    pairs      the pairs of similar prompts
    protected  protected sets
"""
