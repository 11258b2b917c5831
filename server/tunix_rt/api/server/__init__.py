"""The server itself in the schema.

Besides the files that every noun may have:

    health    `health`: database, disk, queue and RediAI
    info      `serverInfo`: version and limits
    packages  `tunixStatus` and `ungarStatus`
"""
