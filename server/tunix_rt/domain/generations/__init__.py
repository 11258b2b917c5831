"""Generations: jobs in which a model answers prompts, and every answer becomes a trace.

In addition to the files that every noun may have:

    options  sampling parameters, template and scorers, validated
    prompts  the distinct prompts of a source, and the file in which the trainer reads them
    answers  answers of the trainer, parsed and stored with their origins and scores
    lookup   generations by id, and the newest ones
    files    the folder of a generation
"""
