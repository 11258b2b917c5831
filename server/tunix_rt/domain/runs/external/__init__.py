"""External runs: trained elsewhere by a program that registers the run, reports in numbered batches and finishes it.

No process of this server works on them, so their lease is only the time of the last report, and the worker leaves them
alone. A run whose program is silent stays RUNNING: nobody here can know whether it still trains.

    registration  enters an external run
    reports       appends its batches, and records its end
"""
