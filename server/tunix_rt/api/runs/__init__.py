"""Training runs in the schema.

Besides the files that every noun may have:

    artifacts        files of a run
    comparison       `compareTunixRuns`
    config           the parameters of a run, as types
    events           events and log lines of a run
    manifest         `tunixManifest`
    metrics          metrics of a run, downsampled to curves
    models           `models`: the base models
    training_inputs  training parameters, as inputs
"""
