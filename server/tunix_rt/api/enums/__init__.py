"""The domain's enums in the schema, with the names and the descriptions of their members.

Importing a module of this folder makes its enums usable as types of fields.

    describing    registers an enum of the domain
    data          traces, datasets and exports
    grading       scores, contamination and evaluations
    runs          training runs and generations
    server        errors, jobs, keys and views
    integrations  UNGAR and RediAI
"""
