"""A training run on this machine: the supervisor's parts.

A supervisor is a small process for one attempt at a run. It prepares the run's folder, starts the trainer as a separate
process, relays the files that the trainer writes to the ledger, and records the outcome. The files are the buffer:
output that the ledger could not accept is relayed later, from the last position. So

- training does not depend on the server or the worker;
- an unreachable ledger does not delay training;
- if a supervisor dies, its trainer dies with it, and the next attempt relays the rest of the files;
- the folder's lock, which the system frees at every exit, shows whether its supervisor is alive.

    folder           the lock of a run's folder, and the processes in it
    preparing        the manifest, the datasets, and a checkpoint to resume from
    trainer          the trainer's process
    die_with_parent  kills the trainer when its supervisor dies
    lines            reads a growing file line by line
    events           the trainer's events, as rows of the database
    relay            copies files to the ledger, each line once
    relay_loop       the relay and the checks for a cancellation, while an attempt runs
    uploading        uploads files to the storage, while an attempt runs and when it has ended
    rollouts         grades and stores the rollouts of a GRPO run
    attempt          the state of an attempt: its hold and its stop reason
    outcome          the outcome of an attempt, kept in a file until it is recorded
    record           records an outcome in the ledger
    supervisor       one attempt, from its start to its end
"""
