"""Training runs in the schema.

Modules beyond the usual ones of a noun:

    artifacts   files of a run
    comparison  `compareRuns`
    config      training parameters, and the configuration of a run
    external    runs that are trained elsewhere
    events      events and log lines of a run
    manifest    `generateManifest`
    metrics     metrics of a run, downsampled to curves
    orders      the sort order of runs
    receipts    what attempts ran with, and replays
    models      `baseModels`: the base models
"""
