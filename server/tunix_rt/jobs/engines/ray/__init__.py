"""The Ray engine: each attempt is a job of a Ray cluster, submitted by its REST API.

client       requests to the cluster
submission   the job of an attempt
cluster      the cluster, as the engine uses it
"""
