"""One attempt at a job, as its process reads and writes it: by the database, or over HTTP with a token.

Every write has the attempt's hold as a condition, so that nothing is stored once another attempt has started.

    claims      jobs for workers without the database, and their heartbeats
    offers      the jobs that such workers may take
    paths       the paths of the protocol of such workers
    tokens      the tokens by which processes without the database prove their attempts
    assignment  the run of an attempt: its parameters and limits
    inputs      the datasets of a run, as training files
    batches     numbered batches of events, each stored once
    artifacts   files and checkpoints, and where they are stored
    rollouts    the grades of a GRPO run's rollouts
    outcomes    the end of an attempt
    dry_runs    the result of a dry run
    generations an attempt at a generation: its answers in numbered batches, and its end
    exports     an attempt at an export: its progress, and its end
    scratch     folders for files that are not in the storage yet
"""
