"""Training runs: their lifecycle, parameters, events, metrics and files.

In addition to the usual files of a noun:

    external      runs that are trained elsewhere (a folder)
    config        all parameters of a run, validated, and its manifest
    waiting       what runs wait for, and where dry runs are performed
    manifest      the trainer's manifest as YAML
    events        appends events to a run's timeline
    timeline      reads a run's timeline
    attempts      attempts, derived from the timeline
    metrics       metrics and their newest values
    downsampling  curves of bounded size
    lookup        reads runs: by name or id, those that changed lately
    files         the run folder
    stored_files  files of runs in the storage (a folder)
    artifacts     files of a run, as the database lists them
    removal       deletes a run with its folder
    base_models   models that training can start from offline
"""
