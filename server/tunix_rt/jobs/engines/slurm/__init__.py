"""The Slurm engine: each attempt is a batch job of a Slurm cluster, submitted by slurmrestd.

token        the JSON Web Token of the cluster
replies      the responses of slurmrestd, in the formats of its versions
client       requests to slurmrestd
submission   the job of an attempt
cluster      the cluster, as the engine uses it
"""
