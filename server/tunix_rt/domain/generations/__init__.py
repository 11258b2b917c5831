"""Generations: jobs in which a model answers prompts, and every answer becomes a trace.

In addition to the files that every noun may have:

    options  sampling parameters, template and scorers, validated
    prompts  the distinct prompts of a source, and the file in which the trainer reads them
    answers  answers of the trainer, parsed and stored with their origins and scores
    rollouts  rollouts of GRPO runs: their rewards, and their storage
    training_prompts  the prompts of a dataset as the training file of a GRPO run
    grading  answers as traces with scores, each stored once
    stored_prompts  the prompts in the storage, for attempts on all machines
    lookup   generations by id
    files    the folder of a generation
"""
