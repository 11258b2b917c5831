"""The domain's enums in the schema, with the names and the descriptions of their members.

Importing a module of this folder makes all enums usable as types of fields. None may be left for later: a field whose
type is an enum that is not registered registers it, under another definition.

    describing    registers an enum of the domain
    data          traces, datasets and exports
    grading       scores, contamination and evaluations
    runs          training runs and generations
    server        errors, jobs, keys and views
    integrations  UNGAR and RediAI
"""

from tunix_rt.api.enums import data, grading, integrations, runs, server

__all__ = ["data", "grading", "integrations", "runs", "server"]
