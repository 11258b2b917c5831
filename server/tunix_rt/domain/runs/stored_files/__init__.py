"""Files of runs in the storage: ``artifacts/RUN/ATTEMPT/NAME``, where NAME is the path in the run's folder.

A checkpoint is a folder of files. Its index, which is stored last, lists them with their sizes and hashes.

    keys      where a file is in the storage, and which files there are in use
    index     the files of a checkpoint
    storing   adds files and checkpoints of a run's folder
    fetching  copies stored files to the folder of a run on another machine
"""
