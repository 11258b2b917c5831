"""A training run on this machine: the supervisor's parts.

A supervisor is a small process that lives as long as one attempt at a run does. It makes the run's folder ready,
starts the trainer in a process of its own, passes on to the database what the trainer writes to files, and records how
it ended. The files are the buffer: what the database could not take, it is given later, from where it stopped. So

- a server or a worker that dies is not missed;
- a database that is away holds no training up;
- a supervisor that dies takes its trainer with it, and the next attempt passes on what was left in the files;
- a folder's lock, which the system frees however a process ends, says whether its supervisor is alive.

    folder      what is in a run's folder, and who holds it
    preparing   the manifest and the datasets
    trainer     the trainer's process; leash.py ends it with its supervisor
    lines       what a growing file holds, line by line
    events      what the trainer's events mean in the database
    relay       files to the database, each line once
    relay_loop  the relay and the checks for a cancellation, while an attempt runs
    attempt     the state of an attempt: its hold and its stop reason
    outcome     how an attempt ended, first in a file, then in the database
    supervisor  one attempt, from its start to its end
"""
