"""Generations as jobs.

In addition to the usual files of a kind of job:

    preparing  the trainer's inputs: the prompts and the request
    progress   counts and rates of a generation
    relay      the trainer's answers, stored as they come
    performing one attempt, with the database or without it
    answering  the trainer's process, watched until its exit
"""
