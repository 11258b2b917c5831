"""JobSets: manifests by which Kubernetes trains a run.

In addition to the files that every noun may have:

    accelerators  accelerators, and the slices of TPUs that one host has
    options       what a user chooses for a JobSet, validated
    manifest      the JobSet of a run, as YAML
    finding       the run that a JobSet trains
"""
