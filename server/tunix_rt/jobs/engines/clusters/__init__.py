"""The common part of the engines of clusters, which start the process of an attempt; it speaks to the server alone.

base         the interface of a cluster, and the state of its jobs
http         requests to the API of a cluster
submission   the job of an attempt: the name, the program and the variables of an attempt
execution    a submitted job, as the worker watches it
engine       starts, inspects and stops attempts
"""
