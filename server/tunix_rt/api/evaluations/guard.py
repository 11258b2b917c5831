"""The truth guard of evaluations: whether candidates were trained on what they are evaluated on."""

from __future__ import annotations

from tunix_rt.api.context import Context
from tunix_rt.domain.contamination.policy import ContaminationPolicy, contamination_warnings
from tunix_rt.domain.contamination.trained import training_dataset
from tunix_rt.domain.evaluations.draft import EvaluationDraft
from tunix_rt.errors import Conflict


async def contamination_of(context: Context, policy: ContaminationPolicy, draft: EvaluationDraft) -> list[str]:
    """Returns the warnings about evaluation data in the training data of candidates, one sentence each.

    Raises:
        Conflict: the policy is REFUSE and a candidate is contaminated; the path names it.
        RequestTimeout: the policy is REFUSE and a comparison took too long.
    """
    settings, checks = context.settings, context.services.contamination
    seconds = settings.request_timeout_seconds / 2
    if policy is ContaminationPolicy.REFUSE:
        seconds = settings.dataset_timeout_seconds
        context.allow(seconds + settings.request_timeout_seconds)
    warnings = []
    for position, one in enumerate(draft.candidates):
        trained_on = await training_dataset(context.database, one.run_id, one.model_id, one.generation_id)
        if trained_on is None or one.checkpoint_step == 0:
            continue
        try:
            found = await contamination_warnings(
                context.database, checks, policy, trained_on, draft.dataset_id, seconds / len(draft.candidates)
            )
        except Conflict as error:
            error.path = ("candidates", position)
            raise
        warnings += [f"Candidate {one.name!r}: {sentence}" for sentence in found]
    return warnings
