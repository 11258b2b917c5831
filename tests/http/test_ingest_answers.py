"""``POST /v1/traces``: records with several answers, and Parquet whose rows are records of a format."""

from __future__ import annotations

import httpx
import orjson

from tests.support.api import Ask
from tests.support.import_rows import MODEL_SOLUTIONS, OPENR1
from tests.support.ingest import NDJSON, PARQUET, messages, parquet, send

SAMPLES = """{ traces(orderBy: {field: CREATED_AT, direction: ASC}) { nodes {
  prompt finalAnswer referenceAnswer externalId source group latestScores { scorer score } } } }"""


async def test_rows_of_parquet_are_records_of_a_format(ask: Ask, app_client: httpx.AsyncClient):
    body = parquet({name: [value, value] for name, value in OPENR1.items()} | {"uuid": ["u1", "u2"]})

    answer = await send(app_client, body, PARQUET, ("format", "openr1"), ("set", "source:r1"))

    assert (answer["status"], answer["unit"], answer["lines"]) == (200, "row", 2)
    assert (answer["added"], answer["scores"]) == (4, 6)
    nodes = (await ask(SAMPLES))["traces"]["nodes"]
    assert [node["externalId"] for node in nodes] == ["u1/0", "u1/1", "u2/0", "u2/1"]
    assert {(node["source"], node["referenceAnswer"]) for node in nodes} == {("r1", "10")}
    assert len({node["group"] for node in nodes}) == 1
    assert {score["scorer"]: score["score"] for score in nodes[0]["latestScores"]} == {
        "correctness_math_verify": 1.0,
        "correctness_llama": 1.0,
    }


async def test_a_bad_row_of_parquet_is_refused_whole(ask: Ask, app_client: httpx.AsyncClient):
    generations = [OPENR1["generations"], ["<think>a</think>4", "<think>a"]]
    body = parquet({"problem": ["p", "q"], "generations": generations})

    answer = await send(app_client, body, PARQUET, ("format", "openr1"), ("on_error", "skip"))

    assert (answer["status"], answer["added"], answer["rejected"]) == (200, 2, 1)
    assert [(found["line"], found["field"]) for found in answer["refusals"]] == [(2, "generations[1]")]


async def test_columns_of_answers_are_named_by_parameters(ask: Ask, app_client: httpx.AsyncClient):
    body = orjson.dumps(MODEL_SOLUTIONS)
    parameters = [
        ("format", "rows"),
        *(("map", part) for part in ("prompt:question", "reference_answer:ground_truth")),
        *(("each", f"{model}.solution") for model in ("6b_finetuning", "175b_verification")),
        ("score", "correct:is_correct"),
    ]

    answer = await send(app_client, body, NDJSON, *parameters)

    assert (answer["status"], answer["added"], answer["scores"]) == (200, 2, 2)
    nodes = (await ask(SAMPLES))["traces"]["nodes"]
    assert [(node["finalAnswer"], node["referenceAnswer"]) for node in nodes] == [("6", "6"), ("12", "6")]
    assert nodes[0]["latestScores"] == [{"scorer": "correct", "score": 1.0}]
    refused = await send(app_client, body, NDJSON, ("each", "x"))
    assert (refused["status"], messages(refused)) == (400, ["each is for rows only."])
