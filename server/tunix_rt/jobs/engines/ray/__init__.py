"""The Ray engine: each attempt is a job of a Ray cluster, submitted by its REST API.

client       requests to the cluster
submission   the job of an attempt
execution    a submitted job, as the worker watches it
engine       starts, inspects and stops attempts
"""
