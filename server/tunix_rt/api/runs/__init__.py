"""Training runs in the schema.

Besides the files that every noun may have:

    artifacts   files of a run
    comparison  `compareRuns`
    config      the parameters of a run, as types
    events      events and log lines of a run
    manifest    `generateManifest`
    metrics     metrics of a run, downsampled to curves
    models      `baseModels`: the base models
"""
