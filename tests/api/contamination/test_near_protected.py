"""Near duplicates of protected prompts: found for sets of datasets, compared once, and bounded."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.support.api import Ask, Store
from tests.support.datasets import create
from tests.support.traces import on_sqlite, trace_input, user_error_of
from tunix_rt.db.models import protected_comparisons, protected_prompts
from tunix_rt.db.session import Database
from tunix_rt.domain.contamination import protected_comparing
from tunix_rt.domain.contamination.comparing import ContaminationChecks
from tunix_rt.domain.contamination.policy import NEAR_TOO_LARGE, ContaminationPolicy, contamination_warnings
from tunix_rt.errors import RequestTimeout

PROMPTS = [
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many in May. How many in total?",
    "Weng earns 12 dollars an hour for babysitting. Yesterday she did 50 minutes of babysitting. How much is that?",
    "Albert buys 2 large pizzas and 2 small pizzas. A large pizza has 16 slices. How many pieces does he eat?",
    "How many legs has a spider?",
]
EDITED = [
    PROMPTS[0].replace("Natalia", "Petra"),
    PROMPTS[0].replace("April", "June"),
    PROMPTS[1].replace("12", "15"),
    PROMPTS[2],
    "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take to make?",
]
SENTENCE = "The training data contains 1 prompt and 3 near duplicates of prompts of the protected set 'benchmark'."
PROTECT = """
mutation ($input: CreateProtectedSetInput!) {
  createProtectedSet(input: $input) {
    protectedSet { promptCount signatureCount } errors { code message path }
  }
}
"""
START = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) { run { id } warnings errors { code message path } }
}
"""


@pytest.fixture
async def training(ask: Ask, store: Store) -> dict[str, Any]:
    """A training dataset with an equal prompt of the dataset ``benchmark-1``, three edited ones and another one."""
    await store(*(trace_input(prompt, meta={"source": "train"}) for prompt in [*EDITED, EDITED[0]]))
    await store(*(trace_input(prompt, meta={"source": "eval"}) for prompt in [*PROMPTS, PROMPTS[1]]))
    await create(ask, name="benchmark", where={"source": {"eq": "eval"}})
    return await create(ask, name="training", where={"source": {"eq": "train"}})


async def protect(ask: Ask, **fields: Any) -> dict[str, Any]:
    """The payload of a protected set of the dataset ``benchmark-1``."""
    given = {"name": "benchmark", "datasetId": "benchmark-1"} | fields
    payload: dict[str, Any] = (await ask(PROTECT, input=given))["createProtectedSet"]
    return payload


async def start(ask: Ask, training: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The payload of a run on the training dataset."""
    given = {"datasetId": training["key"], "modelId": "tunix-rt/tiny"} | fields
    payload: dict[str, Any] = (await ask(START, input=given))["startRun"]
    return payload


async def test_near_duplicates_are_warned_about_and_refused_with_their_number(ask: Ask, training: dict[str, Any]):
    stored = await protect(ask)
    await ask('mutation { deleteDataset(input: {id: "benchmark-1"}) { errors { code } } }')
    await ask('mutation { deleteTraces(input: {where: {source: {eq: "eval"}}, expectedCount: 5}) { errors { code } } }')

    refused = await start(ask, training, contaminationPolicy="REFUSE")
    warned = await start(ask, training)
    let_pass = await start(ask, training, contaminationPolicy="OFF")

    assert stored["protectedSet"] == {"promptCount": 4, "signatureCount": 3}
    error = user_error_of(refused)
    assert (error["code"], error["message"], error["path"]) == ("CONFLICT", SENTENCE, ["input", "datasetId"])
    assert (warned["run"] is not None, warned["warnings"], let_pass["warnings"]) == (True, [SENTENCE], [])


async def test_a_comparison_is_made_once_and_deleted_with_its_set(
    ask: Ask, database: Database, training: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    await protect(ask)
    assert (await start(ask, training))["warnings"] == [SENTENCE]
    with monkeypatch.context() as patched:
        patched.delattr(protected_comparing, "stored_signature")
        assert (await start(ask, training))["warnings"] == [SENTENCE]
    await protect(ask, name="again")
    both = (await start(ask, training))["warnings"]

    for name in ("again", "benchmark"):
        await ask(f'mutation {{ deleteProtectedSet(input: {{id: "{name}"}}) {{ errors {{ code }} }} }}')

    assert both == [SENTENCE.replace("benchmark", "again"), SENTENCE]
    assert (await start(ask, training))["warnings"] == []
    async with database.read() as session:
        for table in (protected_prompts, protected_comparisons):
            assert (await session.execute(select(func.count()).select_from(table))).scalar() == 0


async def test_prompts_in_several_pages_and_blocks_count_once(
    ask: Ask, training: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(protected_comparing, "PAGE", 1)
    monkeypatch.setattr(protected_comparing, "BLOCK", 1)
    await protect(ask)

    assert (await start(ask, training))["warnings"] == [SENTENCE]


async def test_prompts_equal_to_protected_ones_are_no_near_duplicates_of_others(
    ask: Ask, training: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(protected_comparing, "PAGE", 1)
    await protect(ask, name="same", datasetId=training["key"])

    assert (await start(ask, training))["warnings"] == [
        "The training data contains 5 prompts of the protected set 'same'."
    ]


async def test_a_trace_that_was_deleted_leaves_its_prompt_without_a_signature(ask: Ask, training: dict[str, Any]):
    known = (await ask('{ traces(where: {source: {eq: "eval"}}) { nodes { id prompt } } }'))["traces"]["nodes"]
    (gone,) = (trace["id"] for trace in known if trace["prompt"] == PROMPTS[2])
    await ask(f'mutation {{ deleteTraces(input: {{ids: ["{gone}"]}}) {{ errors {{ code }} }} }}')

    assert (await protect(ask))["protectedSet"] == {"promptCount": 4, "signatureCount": 2}
    assert (await start(ask, training))["warnings"] == [SENTENCE]  # the prompt is still protected by its hash


@on_sqlite
async def test_a_warning_is_not_worth_a_long_comparison(
    ask: Ask, training: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.domain.contamination.policy.WARN_MEMBERS", 8)
    await protect(ask)

    warned = (await start(ask, training))["warnings"]
    refused = user_error_of(await start(ask, training, contaminationPolicy="REFUSE"))["message"]

    equal = "The training data contains 1 prompt of the protected set 'benchmark'."
    assert warned == [equal, NEAR_TOO_LARGE]
    assert refused == SENTENCE
    assert (await start(ask, training))["warnings"] == [SENTENCE]


@on_sqlite
async def test_a_dataset_with_too_many_prompts_is_refused(
    ask: Ask, training: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.domain.contamination.protected.DATASET_PROMPTS_MAX", 3)

    error = user_error_of(await protect(ask))

    message = "The dataset must have at most 3 distinct prompts to be protected; it has 4."
    assert (error["code"], error["message"], error["path"]) == ("BAD_USER_INPUT", message, ["input", "datasetId"])


async def test_a_comparison_stops_at_its_time_limit(ask: Ask, database: Database, training: dict[str, Any]):
    await protect(ask)
    checks, train = ContaminationChecks(database), uuid.UUID(training["uuid"])

    async def warnings(policy: ContaminationPolicy, seconds: float) -> list[str]:
        return await contamination_warnings(database, checks, policy, train, None, seconds)

    stopped = await warnings(ContaminationPolicy.WARN, -1)
    with pytest.raises(RequestTimeout):
        await warnings(ContaminationPolicy.REFUSE, -1)
    async with checks.in_turn(None):
        with pytest.raises(RequestTimeout, match="Other comparisons"):
            await checks.compare_protected(train, time.monotonic())

    assert stopped == ["The training data contains 1 prompt of the protected set 'benchmark'.", NEAR_TOO_LARGE]
    assert await warnings(ContaminationPolicy.WARN, 600) == [SENTENCE]
