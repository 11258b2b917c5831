"""The server itself in the schema.

Modules beyond the usual ones of a noun:

    engines   `engines`: the engines of training runs
    health    `health`: database, disk, queue and RediAI
    info      `serverInfo`: version and limits
    packages  `tunixStatus` and `ungarStatus`
    workers   `workers`: the workers that are alive
"""
