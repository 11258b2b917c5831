"""The server itself in the schema.

health    `health`: database, disk, queue and RediAI
info      `serverInfo`: version and limits
packages  `tunixStatus` and `ungarStatus`
"""
