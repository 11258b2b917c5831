"""Contamination: prompts of a training dataset that occur in an evaluation dataset, or nearly so.

In addition to the files that every noun may have:

    fingerprints  the words of a prompt, its 8-grams, and its MinHash signature
    matching      the index of evaluation prompts, in which training prompts are looked up
    prompts       reads the distinct prompts of a dataset
    comparing     compares two datasets, and datasets with protected sets
    policy        what a mutation does about contamination
    trained       the datasets that models were trained on
    protected     protected sets: hashes and signatures of prompts that no training data may contain
    signatures    signatures of 63 bytes, and an index of them
    protected_comparing  finds near duplicates of protected prompts by their signatures
"""
